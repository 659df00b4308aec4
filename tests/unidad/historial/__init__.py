"""Pruebas del historial que no tocan la base."""
