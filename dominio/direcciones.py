"""Qué direcciones se aceptan, puro: el servicio oficial, este equipo o uno nombrado a propósito."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from dominio.errores import ErrorConfiguracion


def es_bucle_local(host: str) -> bool:
    """Devuelve si el nombre es de este mismo equipo."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def partir(url: str, codigo: str, que: str) -> SplitResult:
    """Devuelve las partes de la dirección. Raises ErrorConfiguracion con ese código si no se entiende."""
    try:
        partes = urlsplit(url)
        _ = partes.port
    except ValueError as fallo:
        raise ErrorConfiguracion(codigo, f"La dirección de {que} no es válida.") from fallo
    return partes


def exigir_equipo(url: str, oficiales: Iterable[str], permitidos: Iterable[str], *, codigo: str, que: str) -> str:
    """Devuelve la dirección sin barra final si su equipo está permitido; fuera de este equipo, solo https.

    Raises:
        ErrorConfiguracion: ``codigo`` si no es una dirección, no está permitida o iría sin cifrar.
    """
    partes = partir(url, codigo, que)
    host = partes.hostname or ""
    if partes.scheme not in ("http", "https") or not host or partes.username or partes.password:
        raise ErrorConfiguracion(codigo, f"La dirección de {que} no es válida.", "Escríbala como https://equipo.")
    if es_bucle_local(host):
        return url.rstrip("/")
    if host not in {*oficiales, *permitidos}:
        raise ErrorConfiguracion(
            codigo, f"«{host}» no es un equipo de {que}.", "Si es suyo, nómbrelo en TIMONEL_HOSTS_PERMITIDOS."
        )
    if partes.scheme != "https":
        raise ErrorConfiguracion(codigo, f"Con «{host}» solo se habla cifrado.", "Use https://.")
    return url.rstrip("/")
