"""Las pruebas de salud entran al panel como las de acceso."""

from tests.integracion.acceso.conftest import _cache_limpia, sin_plazo

__all__ = ["_cache_limpia", "sin_plazo"]
