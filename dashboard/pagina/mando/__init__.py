"""Parar y reanudar desde el panel."""
