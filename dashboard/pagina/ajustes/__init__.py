"""Ajustes: los bots y sus parámetros, con validación, vista previa e historia."""
