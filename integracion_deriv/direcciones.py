"""Qué direcciones se aceptan: la sede oficial, este equipo o uno nombrado a propósito. Y la puerta de la demo."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from dominio.direcciones import es_bucle_local
from dominio.errores import ErrorConfiguracion, ErrorDetener

HOSTS_OFICIALES = frozenset({"api.derivws.com", "ws.derivws.com"})
URL_REST = "https://api.derivws.com"
URL_WS = "wss://ws.derivws.com"
FIN_DEMO = "/ws/demo"
FIN_REAL = "/ws/real"


def exigir_direccion(url: str, permitidos: Iterable[str] = ()) -> str:
    """Devuelve la dirección sin barra final si su equipo está permitido.

    Fuera de este equipo solo se habla cifrado (https, wss): por ahí viaja la clave.

    Raises:
        ErrorConfiguracion: DER-001 si no es una dirección; DER-002 si el equipo no está permitido o va sin cifrar.
    """
    partes = partir(url)
    host = partes.hostname or ""
    if partes.scheme not in ("http", "https", "ws", "wss") or not host or partes.username or partes.password:
        raise ErrorConfiguracion("DER-001", "La dirección de Deriv no es válida.", "Escríbala como https://equipo.")
    if es_bucle_local(host):
        return url.rstrip("/")
    if host not in HOSTS_OFICIALES and host not in set(permitidos):
        raise ErrorConfiguracion(
            "DER-002",
            f"«{host}» no es un equipo de Deriv.",
            "Si es suyo, nómbrelo en TIMONEL_HOSTS_PERMITIDOS.",
        )
    if partes.scheme not in ("https", "wss"):
        raise ErrorConfiguracion("DER-002", f"Con «{host}» solo se habla cifrado.", "Use https:// o wss://.")
    return url.rstrip("/")


def exigir_puerta(url: str, *, real_permitido: bool, cuenta_real: bool = False) -> str:
    """Devuelve la dirección de un solo uso si lleva a la cuenta que se eligió.

    Con dinero de demostración solo vale un camino que acabe en ``/ws/demo``; la de dinero real exige las dos llaves.

    Raises:
        ErrorDetener: DER-110 si la dirección lleva a otra parte.
    """
    camino = partir(url).path.rstrip("/")
    esperado = FIN_REAL if cuenta_real and real_permitido else FIN_DEMO
    if (cuenta_real and not real_permitido) or not camino.endswith(esperado):
        raise ErrorDetener(
            "DER-110",
            "La dirección que dio Deriv no es la de una cuenta de demostración: no se abre.",
            "Revise la cuenta elegida; el dinero real se pide dos veces (entorno: real y TIMONEL_PERMITIR_REAL=1).",
        )
    return url


def partir(url: str) -> SplitResult:
    try:
        partes = urlsplit(url)
        _ = partes.port
    except ValueError as fallo:
        raise ErrorConfiguracion("DER-001", "La dirección de Deriv no es válida.") from fallo
    return partes
