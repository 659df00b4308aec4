"""La estadística de la mejor hora, sobre números o matrices: la misma cuenta sirve a un día y a cien mil.

Wilson (1927) para las cotas; binomial exacta de una cola para el contraste (Clopper y Pearson, 1934); nivel de Šidák
(1967) para que el error conjunto de m horas independientes sea el 5 %.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, betaincinv

CONFIANZA = 0.95
Z_95 = 1.959963984540054  # cuantil 0,975 de la normal
POTENCIA = 0.8

Reales = NDArray[np.float64]


def cotas_wilson(aciertos: ArrayLike, entradas: ArrayLike) -> tuple[Reales, Reales]:
    """Devuelve las cotas inferior y superior del intervalo de Wilson al 95 %, en tanto por uno; (0, 1) sin entradas."""
    k, n = np.asarray(aciertos, dtype=np.float64), np.asarray(entradas, dtype=np.float64)
    m = np.maximum(n, 1.0)
    p, z2n = k / m, Z_95 * Z_95 / m
    centro = (p + z2n / 2.0) / (1.0 + z2n)
    radio = Z_95 * np.sqrt(p * (1.0 - p) / m + z2n / (4.0 * m)) / (1.0 + z2n)
    # Sin aciertos la cota es 0 exacto, y con todos 1: un resto de redondeo desempataría al revés.
    baja = np.where(k <= 0.0, 0.0, centro - radio)
    alta = np.where(k >= n, 1.0, centro + radio)
    return baja, alta


def elegir_hora(aciertos: ArrayLike, entradas: ArrayLike, min_muestras: int) -> NDArray[np.intp]:
    """Devuelve la hora elegida (sobre el último eje), o −1 si ninguna califica."""
    n = np.asarray(entradas)
    califica = (n >= min_muestras) & (n > 0)
    baja = np.where(califica, cotas_wilson(aciertos, n)[0], -1.0)
    empatadas = baja == baja.max(axis=-1, keepdims=True)
    elegida = np.argmax(np.where(empatadas, n, -1), axis=-1)  # argmax da la primera: la más temprana
    return np.where(califica.any(axis=-1), elegida, -1)


def p_valor(aciertos: ArrayLike, entradas: ArrayLike, equilibrio: ArrayLike) -> Any:
    """Devuelve P(X ≥ aciertos) con X binomial(entradas, equilibrio): la binomial exacta de una cola."""
    return bdtrc(np.asarray(aciertos) - 1.0, np.asarray(entradas), np.asarray(equilibrio, dtype=np.float64))


def nivel(horas: "int | NDArray[Any]") -> Any:
    """Devuelve el nivel del contraste, 1 − 0,95^(1/m), con m horas que califican."""
    return 1.0 - CONFIANZA ** (1.0 / horas)


def aciertos_necesarios(entradas: int, equilibrio: float, alfa: float) -> int | None:
    """Devuelve los aciertos desde los que el contraste da positivo; None si ni acertándolas todas."""
    valores = p_valor(np.arange(entradas + 1), entradas, equilibrio)
    primero = int(np.searchsorted(-valores, -alfa))  # decrece: el primero que no pasa de alfa
    return primero if primero <= entradas else None


def minima_detectable(entradas: int, equilibrio: float, alfa: float) -> float | None:
    """Devuelve la menor tasa verdadera que el contraste detecta con probabilidad 0,8; None si no hay ninguna.

    Es la p que hace P(X ≥ c) = 0,8, con c los aciertos necesarios: el inverso de la beta incompleta.
    """
    necesarios = aciertos_necesarios(entradas, equilibrio, alfa)
    if necesarios is None:
        return None
    return float(betaincinv(necesarios, entradas - necesarios + 1, POTENCIA)) if necesarios else 0.0
