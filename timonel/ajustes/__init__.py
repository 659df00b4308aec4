"""Los ajustes de Django por asuntos; ``timonel/settings.py`` los junta."""
