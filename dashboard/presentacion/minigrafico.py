"""El minigráfico del balance como puntos de un SVG: sin guiones, vale también sin JavaScript. Puro."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

ANCHO, ALTO, MARGEN = 160.0, 36.0, 2.0


class Minigrafico(msgspec.Struct, frozen=True):
    """``puntos`` para ``<polyline>``, el último punto aparte y de qué valor a qué valor va."""

    puntos: str
    fin_x: float
    fin_y: float
    primero: Decimal
    ultimo: Decimal
    minimo: Decimal
    maximo: Decimal


def minigrafico(valores: Sequence[Decimal]) -> Minigrafico | None:
    """Devuelve el minigráfico de una serie (del más antiguo al más nuevo); None con menos de dos valores."""
    if len(valores) < 2:
        return None
    minimo, maximo = min(valores), max(valores)
    alto = float(maximo - minimo) or 1.0
    paso = (ANCHO - 2 * MARGEN) / (len(valores) - 1)
    coordenadas = [
        (
            round(MARGEN + i * paso, 1),
            round(ALTO - MARGEN - (ALTO - 2 * MARGEN) * float(valor - minimo) / alto, 1)
            if maximo > minimo
            else ALTO / 2,
        )
        for i, valor in enumerate(valores)
    ]
    puntos = " ".join(f"{x},{y}" for x, y in coordenadas)
    return Minigrafico(puntos, *coordenadas[-1], valores[0], valores[-1], minimo, maximo)
