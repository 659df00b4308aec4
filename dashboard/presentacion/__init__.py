"""De los datos a lo que se lee: formatos, frases y colores, iguales en todas las páginas."""
