"""Lo que se lee del historial. Nada de aquí escribe."""
