"""Los trabajos periódicos de la simulación."""

from historial.periodico import Periodico

HORAS = Periodico(
    nombre="horas",
    funcion="simulacion.tasks.pausas:horas",
    cola="informes",
    cada_s=60.0,
    ranura_s=300,
    vence_s=180.0,
)
