"""Lecturas de las entradas ficticias de una pausa."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from historial.models import HuecoFicticio, Operacion


class FicticiaCerrada(NamedTuple):
    """Lo que hace falta de una entrada para su estadística: cuándo empezó, cómo acabó, qué costaba y qué pagaba."""

    inicio: datetime
    resultado: str
    monto: Decimal
    pago: Decimal


def ficticias_de_pausa(bot: str, sede: str, cuenta: str, desde: datetime, hasta: datetime) -> list[FicticiaCerrada]:
    """Devuelve las entradas cerradas que empezaron en [desde, hasta), la más antigua primero."""
    filas = Operacion.objects.filter(
        bot=bot,
        sede=sede,
        cuenta=cuenta,
        origen="pausa",
        estado="cerrada",
        hora_inicio__gte=desde,
        hora_inicio__lt=hasta,
        pago__isnull=False,
    ).order_by("hora_inicio", "pk")
    return [FicticiaCerrada(*fila) for fila in filas.values_list("hora_inicio", "resultado", "monto", "pago")]


def huecos_de_pausa(bot: str, sede: str, cuenta: str, pausado_en: datetime) -> list[HuecoFicticio]:
    """Devuelve los ratos de esa pausa en que no se pudo probar nada, por orden."""
    return list(
        HuecoFicticio.objects.filter(bot=bot, sede=sede, cuenta=cuenta, pausado_en=pausado_en).order_by("desde")
    )
