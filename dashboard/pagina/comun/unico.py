"""Claves que no se repiten, para que lo que se pide desde una página cuente una sola vez."""

from dominio.azar import AzarSistema


def unico() -> str:
    """Devuelve 32 cifras hexadecimales nuevas. Se siembra cada vez: dos procesos bifurcados no dan las mismas."""
    return AzarSistema().hexadecimal(16)
