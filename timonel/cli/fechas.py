"""De lo que alguien escribe a una hora con zona: «2026-03-01» o «2026-03-01T07:30»."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dominio.errores import ErrorUsuario


def leer_fecha(texto: "str | None", opcion: str, zona: str, *, fin: bool = False) -> "datetime | None":
    """Devuelve la hora con zona, o None si no se dio nada. Con ``fin``, un día solo incluye el día entero.

    Raises:
        ErrorUsuario: USO-10 si no es una fecha; USO-11 si la zona no existe.
    """
    if texto is None:
        return None
    try:
        huso = ZoneInfo(zona)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fallo:
        raise ErrorUsuario("USO-11", f"«{zona}» no es una zona horaria.", "Ejemplo: America/Bogota.") from fallo
    try:
        momento = datetime.fromisoformat(texto)
    except ValueError as fallo:
        raise ErrorUsuario(
            "USO-10", f"«{texto}» no es una fecha para {opcion}.", "Escríbala como 2026-03-01 o 2026-03-01T07:30."
        ) from fallo
    if momento.tzinfo is None:
        momento = momento.replace(tzinfo=huso)
    return momento + timedelta(days=1) if fin and len(texto) == len("2026-03-01") else momento
