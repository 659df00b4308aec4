"""El mapa de calor hora × día: cada celda con su clase de color, su texto y si tiene pocas muestras. Puro."""

from collections.abc import Sequence
from typing import Any

import msgspec

# Puntos de diferencia con el equilibrio → clase. El color solo repite lo que la cifra dice.
_ESCALONES = (
    (-15.0, "calor-n3"),
    (-7.5, "calor-n2"),
    (-2.0, "calor-n1"),
    (2.0, "calor-0"),
    (7.5, "calor-p1"),
    (15.0, "calor-p2"),
)
_MAXIMO = "calor-p3"
EQUILIBRIO_SUPUESTO_PCT = 51.3


class CeldaCalor(msgspec.Struct, frozen=True):
    """Una celda lista para pintar."""

    dia: int
    entradas: int
    aciertos: int
    tasa_pct: float | None
    clase: str
    pocas: bool


class FilaCalor(msgspec.Struct, frozen=True):
    """Una hora local con sus siete días."""

    hora: int
    siguiente: int
    celdas: tuple[CeldaCalor, ...]


def filas(celdas: Sequence[Any], equilibrio_pct: float | None, min_muestras: int) -> list[FilaCalor]:
    """Devuelve las 24 filas (una por hora) con los 7 días. ``celdas``: las de ``MapaSemanal``, por día y hora."""
    por_lugar = {(celda.dia, celda.hora): celda for celda in celdas}
    referencia = equilibrio_pct if equilibrio_pct is not None else EQUILIBRIO_SUPUESTO_PCT
    return [
        FilaCalor(
            hora,
            (hora + 1) % 24,
            tuple(_celda(por_lugar[dia, hora], referencia, min_muestras) for dia in range(7)),
        )
        for hora in range(24)
    ]


def _celda(celda: Any, referencia: float, min_muestras: int) -> CeldaCalor:
    return CeldaCalor(
        celda.dia,
        celda.entradas,
        celda.aciertos,
        celda.tasa_pct,
        clase(celda.tasa_pct, referencia),
        celda.entradas < min_muestras,
    )


def clase(tasa_pct: float | None, equilibrio_pct: float) -> str:
    """Devuelve la clase de color de una tasa según cuántos puntos se aparta del equilibrio."""
    if tasa_pct is None:
        return "calor-nada"
    diferencia = tasa_pct - equilibrio_pct
    return next((nombre for tope, nombre in _ESCALONES if diferencia < tope), _MAXIMO)
