"""El indicador entre el nivel del stop y la meta: dónde cae cada marca en una barra de 0 a 100. Puro."""

from decimal import Decimal
from typing import Any

import msgspec

_CIEN = Decimal(100)


class Medidor(msgspec.Struct, frozen=True):
    """Posiciones en tanto por ciento de la barra: 0 el nivel del stop, 100 el objetivo."""

    balance: float
    base: float
    pico: float
    al_stop: Decimal
    a_la_meta: Decimal


def medidor(tarjeta: dict[str, Any]) -> Medidor | None:
    """Devuelve el medidor de una tarjeta de bot, o None si no hay distancia que medir.

    ``al_stop`` y ``a_la_meta``: lo que falta perder o ganar, en la moneda; nunca negativos.
    """
    stop, objetivo = tarjeta["nivel_stop"], tarjeta["objetivo"]
    ancho = objetivo - stop
    if ancho <= 0:
        return None
    balance = tarjeta["balance"]
    return Medidor(
        _lugar(balance, stop, ancho),
        _lugar(tarjeta["base"], stop, ancho),
        _lugar(tarjeta["pico"], stop, ancho),
        max(Decimal(0), balance - stop),
        max(Decimal(0), objetivo - balance),
    )


def _lugar(valor: Decimal, stop: Decimal, ancho: Decimal) -> float:
    return round(float(min(max((valor - stop) * _CIEN / ancho, Decimal(0)), _CIEN)), 2)
