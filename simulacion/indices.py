"""Los índices sintéticos: nombre, cadencia, decimales y volatilidad declarada; y el puerto de quien da sus ticks.

Datos: Deriv (símbolos y decimales de 2021, R_50 y R_100 confirmados en 2026; volatilidad anual fija, 24 h los 7 días).
Los niveles de partida son del orden de los vistos; el de R_50 (92) es de septiembre de 2026.
"""

import math
from collections.abc import Mapping
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

SEGUNDOS_ANUALES = 31_536_000


class Indice(msgspec.Struct, frozen=True):
    """Un activo: ``intervalo_s`` entre ticks, ``volatilidad_pct`` anual (0 si es una grabación) y ``nivel`` inicial."""

    simbolo: str
    nombre: str
    decimales: int
    intervalo_s: int
    volatilidad_pct: float
    nivel: float

    @property
    def pip(self) -> float:
        """Devuelve el incremento mínimo del precio."""
        return float(10**-self.decimales) if self.decimales == 0 else round(10.0**-self.decimales, self.decimales)

    @property
    def sigma_tick(self) -> float:
        """Devuelve la desviación típica del logaritmo del precio por tick: N/100·√(dt/31 536 000)."""
        return self.volatilidad_pct / 100.0 * math.sqrt(self.intervalo_s / SEGUNDOS_ANUALES)

    @property
    def media_horquilla(self) -> float:
        """Devuelve lo que separa el precio de su compra y de su venta (0,01 en R_50)."""
        return max(self.pip, round(self.nivel * 1.1e-4, self.decimales))


def _lento(volatilidad: int, decimales: int, nivel: float) -> Indice:
    return Indice(f"R_{volatilidad}", f"Volatility {volatilidad} Index", decimales, 2, float(volatilidad), nivel)


def _rapido(volatilidad: int, nivel: float) -> Indice:
    return Indice(f"1HZ{volatilidad}V", f"Volatility {volatilidad} (1s) Index", 2, 1, float(volatilidad), nivel)


INDICES: dict[str, Indice] = {
    indice.simbolo: indice
    for indice in (
        _lento(10, 3, 6100.0),
        _lento(25, 3, 2700.0),
        _lento(50, 4, 92.0),
        _lento(75, 4, 41000.0),
        _lento(100, 2, 1150.0),
        _rapido(10, 9200.0),
        _rapido(25, 7300.0),
        _rapido(50, 5400.0),
        _rapido(75, 4100.0),
        _rapido(100, 1500.0),
    )
}

Tramo = tuple[NDArray[np.int64], NDArray[np.float64]]


class FuenteTicks(Protocol):
    """De dónde salen los precios: una sola senda por símbolo, la misma para el historial y para el directo.

    Las horas son segundos enteros desde 1970, como en la sede; los precios, ya redondeados a los decimales del activo.
    """

    indices: Mapping[str, Indice]

    def siguiente(self, simbolo: str, epoch_s: int) -> int | None:
        """Devuelve la hora del primer tick estrictamente posterior, o None si la fuente se acaba."""
        ...

    def precio(self, simbolo: str, epoch_s: int) -> float:
        """Devuelve el precio del tick de esa hora exacta (o el último anterior)."""
        ...

    def ultimo(self, simbolo: str, epoch_s: int) -> tuple[int, float] | None:
        """Devuelve hora y precio del último tick con hora menor o igual."""
        ...

    def tramo(self, simbolo: str, desde_s: int, hasta_s: int) -> Tramo:
        """Devuelve horas y precios de los ticks entre las dos horas, incluidas."""
        ...
