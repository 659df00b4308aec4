"""Las páginas del panel: vistas que leen un selector y pintan una plantilla."""
