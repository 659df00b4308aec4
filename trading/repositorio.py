"""El repositorio del motor: el puerto ``Diario``, por el nombre con que lo conoce quien opera."""

from dominio.puertos import Diario, IntencionViva

__all__ = ["Diario", "IntencionViva"]
