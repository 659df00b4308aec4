"""Lo que todo componente de señal cumple, y la escala común de sus fuerzas.

Una fuerza va de −1 (apuesta clara a que baja) a +1 (a que sube). En todos, ±0,5 es «la señal de manual»: el cruce de
medias, el momento o el MACD a una desviación típica de un paseo al azar; el RSI en su umbral; el precio en la banda.
"""

import math
from typing import ClassVar, Protocol

# Desviación típica de un paso gaussiano por unidad de cambio absoluto medio: √(π/2).
SIGMA_POR_CAMBIO_MEDIO = math.sqrt(math.pi / 2.0)


class Componente(Protocol):
    """Un indicador que opina. Vale igual para ticks y para velas: solo mira precios (cierres) seguidos."""

    codigo: ClassVar[str]
    descripcion: ClassVar[str]

    @property
    def datos_necesarios(self) -> int:
        """Devuelve cuántos precios hacen falta para la primera opinión."""
        ...

    def actualizar(self, precio: float, ruido: float) -> float | None:
        """Devuelve la fuerza en [−1, 1], o None mientras se calienta.

        ``ruido`` es el cambio absoluto medio de un paso, en unidades de precio (0 si no se conoce o no se mueve).
        """
        ...


def aplastar(z: float) -> float:
    """Devuelve z/(1+|z|): lleva cualquier medida a (−1, 1), con ±1 → ±0,5. Más barata que una tangente hiperbólica."""
    return z / (1.0 + abs(z))


def sigma_diferencia_ema(rapida: int, lenta: int, suavizado: int = 0) -> float:
    """Devuelve la desviación típica de EMA(rapida) − EMA(lenta) en un paseo al azar de pasos con desviación 1.

    Con ``suavizado`` > 0, la de esa diferencia menos su propia EMA (el histograma del MACD). Se suma el cuadrado de la
    respuesta a un paso unidad: el paso de hace j datos pesa ``b_lenta^(j+1) − b_rapida^(j+1)``, con b = 1 − 2/(n+1).
    """
    b_rapida, b_lenta = 1.0 - 2.0 / (rapida + 1), 1.0 - 2.0 / (lenta + 1)
    factor = 2.0 / (suavizado + 1) if suavizado else 0.0
    suave = total = 0.0
    for j in range(20 * (lenta + suavizado)):
        respuesta = b_lenta ** (j + 1) - b_rapida ** (j + 1)
        suave += (respuesta - suave) * factor
        total += (respuesta - suave) ** 2
    return math.sqrt(total)
