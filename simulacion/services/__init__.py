"""Lo que la simulación escribe: análisis que se recalculan y se pueden repetir sin cambiar nada."""
