"""Las tablas del panel. Cada asunto tiene las suyas en su carpeta."""

from dashboard.acceso.models import EnlaceUnUso, FichaAlcance

__all__ = ["EnlaceUnUso", "FichaAlcance"]
