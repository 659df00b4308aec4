"""Complementos de pytest que las pruebas comparten."""
