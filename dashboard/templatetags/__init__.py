"""Las etiquetas de plantilla del panel."""
