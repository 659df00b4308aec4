"""De dónde viene una petición: si es de este mismo equipo."""

from ipaddress import ip_address
from typing import Any


def direccion(peticion: Any) -> str:
    """Devuelve la dirección de la que llegó la conexión; vacía si no se sabe. No mira cabeceras: se falsifican."""
    return str(peticion.META.get("REMOTE_ADDR") or "")


def es_local(peticion: Any) -> bool:
    """Devuelve si la conexión es de este equipo y no la trajo un intermediario."""
    if peticion.META.get("HTTP_X_FORWARDED_FOR") or peticion.META.get("HTTP_FORWARDED"):
        return False
    try:
        origen = ip_address(direccion(peticion).split("%")[0])
    except ValueError:
        return False
    return (getattr(origen, "ipv4_mapped", None) or origen).is_loopback
