"""Pruebas del historial con la base de verdad."""
