"""Lecturas del estado de los bots."""

from decimal import Decimal

import msgspec

from core.estado_bot import EstadoBot
from core.models import EstadoGuardado, Pausa
from dominio.errores import ErrorDetener


def descifrar(fila: EstadoGuardado) -> EstadoBot:
    """Devuelve el estado guardado. Raises ErrorDetener (EST-01) si no se entiende o se contradice: nunca se inventa."""
    try:
        estado = msgspec.json.decode(fila.estado.encode(), type=EstadoBot)
        if estado.ciclo != fila.ciclo:
            raise msgspec.ValidationError(f"el ciclo guardado es {fila.ciclo} y el estado dice {estado.ciclo}")
        if not all(importe.is_finite() for importe in _importes(estado)):
            raise msgspec.ValidationError("hay un importe que no es un número")
    except (msgspec.DecodeError, msgspec.ValidationError) as fallo:
        raise ErrorDetener(
            "EST-01",
            f"El estado guardado de {fila.bot} no se entiende.",
            "No se opera: restaure una copia o revise la tabla estado_bot.",
        ) from fallo
    return estado


def _importes(estado: EstadoBot) -> list[Decimal]:
    partes: tuple[msgspec.Struct, ...] = (estado.tanda, estado.libro)
    sueltos = [valor for parte in partes for valor in msgspec.structs.asdict(parte).values()]
    return [valor for valor in (*sueltos, *estado.libro.abiertos.values()) if isinstance(valor, Decimal)]


def estado_de(bot: str, sede: str, cuenta: str) -> EstadoBot | None:
    """Devuelve el estado del bot en la cuenta, o None si nunca operó en ella."""
    fila = EstadoGuardado.objects.filter(bot=bot, sede=sede, cuenta=cuenta).first()
    return None if fila is None else descifrar(fila)


def estados() -> list[tuple[EstadoGuardado, EstadoBot]]:
    """Devuelve todos los bots conocidos, el de actividad más reciente primero."""
    return [(fila, descifrar(fila)) for fila in EstadoGuardado.objects.order_by("-actualizado_en")]


def ultimo_estado(bot: str) -> tuple[EstadoGuardado, EstadoBot] | None:
    """Devuelve el estado más reciente de un bot, en la cuenta que sea."""
    fila = EstadoGuardado.objects.filter(bot=bot).order_by("-actualizado_en").first()
    return None if fila is None else (fila, descifrar(fila))


def pausa_en_curso(bot: str, sede: str, cuenta: str) -> Pausa | None:
    """Devuelve la pausa que aún no acabó en reactivación."""
    return Pausa.objects.filter(bot=bot, sede=sede, cuenta=cuenta, reactivado_en=None).order_by("-pausado_en").first()
