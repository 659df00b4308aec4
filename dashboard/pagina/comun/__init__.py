"""Lo que comparten las páginas: lecturas de la cabecera y utilidades de las vistas."""
