"""Las velas de un minuto que vio el bot, con sus entradas y salidas marcadas: lo que pinta el gráfico de precios."""

from datetime import datetime, timedelta
from typing import Any

from historial.models import Operacion, Vela

MAX_VELAS = 1000
_CAMPOS = ("inicio", "apertura", "maximo", "minimo", "cierre", "ticks")


def velas(sede: str, simbolo: str, *, hasta: datetime | None = None, cuantas: int = 240) -> list[dict[str, Any]]:
    """Devuelve las últimas ``cuantas`` velas (1000 como mucho) empezadas antes de ``hasta``, la más antigua primero."""
    filas = Vela.objects.filter(sede=sede, simbolo=simbolo)
    if hasta is not None:
        filas = filas.filter(inicio__lt=hasta)
    recientes = list(filas.order_by("-inicio").values(*_CAMPOS)[: max(1, min(cuantas, MAX_VELAS))])
    return recientes[::-1]


def marcas(bot: str, cuenta: str, simbolo: str, desde: datetime, hasta: datetime) -> list[dict[str, Any]]:
    """Devuelve las operaciones del bot en ese activo que empezaron en [desde, hasta), para marcarlas en el gráfico."""
    filas = Operacion.objects.filter(
        bot=bot, cuenta=cuenta, activo=simbolo, hora_inicio__gte=desde, hora_inicio__lt=hasta
    )
    campos = (
        "id", "numero_contrato", "direccion", "ficticia", "resultado", "beneficio", "monto", "precio_entrada",
        "precio_salida", "hora_inicio", "hora_fin",
    )  # fmt: skip
    return list(filas.order_by("hora_inicio", "pk").values(*campos)[:MAX_VELAS])


def con_marcas(
    bot: str, sede: str, cuenta: str, simbolo: str, *, hasta: datetime | None = None, cuantas: int = 240
) -> dict[str, Any]:
    """Devuelve las velas y las marcas del mismo rato."""
    leidas = velas(sede, simbolo, hasta=hasta, cuantas=cuantas)
    dentro: list[dict[str, Any]] = []
    if leidas:
        fin = leidas[-1]["inicio"] + timedelta(minutes=1)
        dentro = marcas(bot, cuenta, simbolo, leidas[0]["inicio"], fin)
    return {"bot": bot, "sede": sede, "cuenta": cuenta, "simbolo": simbolo, "velas": leidas, "marcas": dentro}
