"""Servicios de verdad que las pruebas arrancan por sí mismas."""
