"""La curva del balance con su nivel de stop y su meta en cada momento, por la misma regla que sigue el bot. Puro."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from core.meta_dinamica import ReglaDinamica, Tanda, asentar, movimiento_ajeno, nueva_tanda


class Punto(msgspec.Struct, frozen=True):
    """Un balance anotado: cuándo, cuánto y por qué (``ajeno``: un movimiento que no es del bot)."""

    en: datetime
    balance: Decimal
    ajeno: bool = False


class Curva(msgspec.Struct, frozen=True):
    """Columnas iguales de largas: segundos de época, balance, nivel de stop y meta (None donde no se sabe)."""

    en: list[float]
    balance: list[float]
    stop: list[float | None]
    meta: list[float | None]


def curva(
    puntos: Sequence[Punto], comienzos: Sequence[datetime], regla: ReglaDinamica, *, desde_el_principio: bool
) -> Curva:
    """Devuelve la curva. ``comienzos``: cuándo empezó cada tanda que cae en la serie.

    Si la serie empieza a mitad de una tanda (``desde_el_principio`` falso), sus niveles no se inventan: faltan hasta el
    primer comienzo.
    """
    salida = Curva([], [], [], [])
    pendientes = sorted(comienzos)
    tanda: Tanda | None = nueva_tanda(1, puntos[0].balance) if puntos and desde_el_principio else None
    for punto in puntos:
        if pendientes and punto.en >= pendientes[0]:
            while pendientes and punto.en >= pendientes[0]:
                pendientes.pop(0)
            # La tanda empieza en el balance anterior al primer punto que la toca.
            previo = Decimal(str(salida.balance[-1])) if salida.balance else punto.balance
            tanda = nueva_tanda(1, previo)
        if tanda is not None:
            tanda = _seguir(tanda, punto, regla)
        _anotar(salida, punto, tanda, regla)
    return salida


def _seguir(tanda: Tanda, punto: Punto, regla: ReglaDinamica) -> Tanda:
    if punto.ajeno:
        return movimiento_ajeno(tanda, punto.balance)
    return tanda if punto.balance == tanda.balance else asentar(tanda, punto.balance, regla)[0]


def _anotar(salida: Curva, punto: Punto, tanda: Tanda | None, regla: ReglaDinamica) -> None:
    salida.en.append(round(punto.en.timestamp(), 3))
    salida.balance.append(float(punto.balance))
    salida.stop.append(None if tanda is None else round(float(tanda.nivel_stop(regla)), 4))
    salida.meta.append(None if tanda is None else round(float(tanda.objetivo(regla)), 4))
