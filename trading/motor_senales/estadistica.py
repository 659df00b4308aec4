"""Proporciones con su incertidumbre: intervalo de Wilson y cota inferior corregida por varias comparaciones."""

import math
from functools import lru_cache
from statistics import NormalDist


@lru_cache(maxsize=256)
def z_una_cola(confianza: float, comparaciones: int = 1) -> float:
    """Devuelve el cuantil normal de una cola, con la corrección de Bonferroni: nivel 1 − (1 − confianza)/m."""
    return NormalDist().inv_cdf(1.0 - (1.0 - confianza) / max(1, comparaciones))


@lru_cache(maxsize=16)
def z_dos_colas(confianza: float) -> float:
    """Devuelve el cuantil normal de un intervalo central."""
    return NormalDist().inv_cdf(0.5 + confianza / 2.0)


def wilson(proporcion: float, n: float, z: float) -> tuple[float, float]:
    """Devuelve el intervalo de Wilson (abajo, arriba) en [0, 1]; sin datos, (0, 1).

    Fuente: E. B. Wilson (1927), «Probable inference…»; n puede ser fraccionario (muestras efectivas).
    """
    if n <= 0.0:
        return 0.0, 1.0
    z2n = z * z / n
    centro = proporcion + z2n / 2.0
    radio = z * math.sqrt(max(0.0, proporcion * (1.0 - proporcion) / n + z2n / (4.0 * n)))
    divisor = 1.0 + z2n
    return max(0.0, (centro - radio) / divisor), min(1.0, (centro + radio) / divisor)


def cota_inferior(probabilidad: float, muestras: float, confianza: float, comparaciones: int = 1) -> float:
    """Devuelve la cota inferior de una cola de una probabilidad, corregida por el número de comparaciones.

    ``muestras`` son las observaciones reales: las pseudo-operaciones acercan la estimación a la tasa base, pero no son
    pruebas y no estrechan la cota. Sin muestras la cota es 0.
    """
    return wilson(probabilidad, muestras, z_una_cola(confianza, comparaciones))[0]
