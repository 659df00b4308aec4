"""Horas locales: cuándo empieza la próxima ocurrencia de una hora, con cambios de hora incluidos."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

HORA = timedelta(hours=1)


def zona(nombre: str) -> ZoneInfo:
    """Devuelve la zona horaria; el nombre ya se validó al leer la configuración."""
    return ZoneInfo(nombre)


def ventana(dia: datetime, hora: int, zona: ZoneInfo) -> tuple[datetime, datetime]:
    """Devuelve [inicio, fin) en UTC de la hora local ``hora`` del día local de ``dia``.

    Una hora repetida es una sola, de dos horas de largo; una hora inexistente empieza al acabar el salto.
    """
    medianoche = dia.date()
    inicio = datetime.combine(medianoche, time(hour=hora), tzinfo=zona).astimezone(UTC)
    siguiente = medianoche + timedelta(days=1) if hora == 23 else medianoche
    fin = datetime.combine(siguiente, time(hour=(hora + 1) % 24), tzinfo=zona).astimezone(UTC)
    return (inicio, fin) if fin > inicio else (inicio, inicio + HORA)


def proxima_entrada(ahora: datetime, hora: int, zona: ZoneInfo, margen: timedelta = timedelta(minutes=10)) -> datetime:
    """Devuelve cuándo entrar en ``hora``: ya, si está en curso y le queda ``margen``; si no, su próxima ocurrencia."""
    local = ahora.astimezone(zona)
    for dias in range(-1, 4):
        inicio, fin = ventana(local + timedelta(days=dias), hora, zona)
        if inicio <= ahora < fin and fin - ahora >= margen:
            return ahora
        if inicio > ahora:
            return inicio
    raise AssertionError("una hora local vuelve siempre antes de cuatro días")


def hora_local(momento: datetime, zona: ZoneInfo) -> int:
    """Devuelve la hora local (0–23) de un momento."""
    return momento.astimezone(zona).hour
