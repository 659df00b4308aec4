"""Cómo está el servidor: vivo, listo y sus medidas."""
