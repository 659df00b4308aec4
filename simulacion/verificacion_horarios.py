"""Pone a prueba la regla de la mejor hora sobre días inventados, con las mismas funciones que usa el bot.

Dos mundos de 24 horas con el mismo número de entradas en cada una: en el primero todas aciertan justo lo que hace falta
para no perder, y cualquier «supera el equilibrio» es falso; en el segundo una hora, al azar, acierta el 60 % y las
demás el 50 %, y se cuenta cuántos días es esa la elegida y además el veredicto es positivo. Lo medido se compara con el
valor exacto de la regla, que sale de la binomial sin sortear nada.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc
from scipy.stats import binom

from simulacion.estadistica_horas import aciertos_necesarios, elegir_hora, nivel, p_valor
from simulacion.horarios import HORAS, MIN_MUESTRAS

DIAS = 100_000
MUESTRAS = 750
PAGO = 0.95
TASA_BUENA, TASA_RESTO = 0.60, 0.50
FALSOS_MAX_PCT = 5.0
LOTE = 5000
CONFIANZA = 0.999

Enteros = NDArray[np.int64]


def verificar(
    dias: int = DIAS,
    muestras: int = MUESTRAS,
    pago: float = PAGO,
    semilla: int = 1,
    al_avanzar: Callable[[int], None] = lambda _hechos: None,
) -> dict[str, Any]:
    """Devuelve lo medido, lo exacto y ``violaciones`` (vacía si coinciden y los falsos no pasan del 5 %).

    ``dias``: los de cada mundo; ``muestras``: entradas en cada hora; ``pago``: ganancia neta por unidad apostada.
    ``al_avanzar`` recibe cuántos días van, de ``2 * dias``.
    """
    equilibrio = 1.0 / (1.0 + pago)
    azar = np.random.Generator(np.random.PCG64(semilla))
    falsos = detectados = 0
    for hecho in range(0, dias, LOTE):
        lote = min(LOTE, dias - hecho)
        _, supera = juzgar(azar.binomial(muestras, equilibrio, (lote, HORAS)), muestras, equilibrio)
        falsos += int(supera.sum())
        al_avanzar(2 * hecho + lote)
        aciertos, buena = _dias_con_una_buena(azar, lote, muestras)
        elegida, supera = juzgar(aciertos, muestras, equilibrio)
        detectados += int((supera & (elegida == buena)).sum())
        al_avanzar(2 * (hecho + lote))
    exacto_falsos, exacto_deteccion = falsos_exactos(muestras, equilibrio), deteccion_exacta(muestras, equilibrio)
    return {
        "dias": dias,
        "muestras": muestras,
        "pago": pago,
        "semilla": semilla,
        "equilibrio_pct": 100.0 * equilibrio,
        "nivel_pct": 100.0 * nivel(HORAS),
        "aciertos_necesarios": aciertos_necesarios(muestras, equilibrio, nivel(HORAS)),
        "falsos_positivos_pct": 100.0 * falsos / dias,
        "falsos_positivos_exacto_pct": 100.0 * exacto_falsos,
        "deteccion_pct": 100.0 * detectados / dias,
        "deteccion_exacta_pct": 100.0 * exacto_deteccion,
        "violaciones": [
            *_apartado("falsos positivos", falsos, dias, exacto_falsos),
            *_apartado("detección", detectados, dias, exacto_deteccion),
            *(["los falsos positivos pasan del 5 %"] if 100.0 * exacto_falsos > FALSOS_MAX_PCT else []),
        ],
    }


def juzgar(aciertos: Enteros, muestras: int, equilibrio: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Devuelve, por día (fila), la hora elegida y si el veredicto es «supera el equilibrio»."""
    entradas = np.full_like(aciertos, muestras)
    elegida = elegir_hora(aciertos, entradas, MIN_MUESTRAS)
    suyos = np.take_along_axis(aciertos, elegida[:, None], axis=1)[:, 0]
    return elegida, p_valor(suyos, muestras, equilibrio) <= nivel(HORAS)


def falsos_exactos(muestras: int, equilibrio: float) -> float:
    """Devuelve la probabilidad de que la mejor de 24 horas en equilibrio pase el contraste: la de que pase alguna."""
    necesarios = aciertos_necesarios(muestras, equilibrio, nivel(HORAS))
    if necesarios is None:
        return 0.0
    return float(1.0 - (1.0 - bdtrc(necesarios - 1, muestras, equilibrio)) ** HORAS)


def deteccion_exacta(muestras: int, equilibrio: float) -> float:
    """Devuelve la probabilidad de elegir la hora del 60 % y que pase el contraste, promediada sobre su sitio.

    Con k aciertos la eligen si las anteriores tienen menos y las posteriores no más: a igual cota, la más temprana.
    """
    necesarios = aciertos_necesarios(muestras, equilibrio, nivel(HORAS))
    if necesarios is None:
        return 0.0
    k = np.arange(necesarios, muestras + 1)
    menos, no_mas = bdtr(k - 1.0, muestras, TASA_RESTO), bdtr(k, muestras, TASA_RESTO)
    sitios = np.arange(HORAS)[:, None]
    gana = (menos**sitios * no_mas ** (HORAS - 1 - sitios)).mean(axis=0)
    return float((binom.pmf(k, muestras, TASA_BUENA) * gana).sum())


def _dias_con_una_buena(azar: np.random.Generator, dias: int, muestras: int) -> tuple[Enteros, NDArray[np.int64]]:
    aciertos = azar.binomial(muestras, TASA_RESTO, (dias, HORAS))
    buena = azar.integers(0, HORAS, dias)
    aciertos[np.arange(dias), buena] = azar.binomial(muestras, TASA_BUENA, dias)
    return aciertos, buena


def _apartado(que: str, veces: int, dias: int, exacto: float) -> list[str]:
    """Devuelve la queja si lo medido no cabe en lo que el azar permite con esa probabilidad (al 99,9 %)."""
    abajo, arriba = (float(binom.ppf(q, dias, exacto)) for q in ((1 - CONFIANZA) / 2, (1 + CONFIANZA) / 2))
    if abajo <= veces <= arriba:
        return []
    return [f"{que}: {veces} de {dias} días, y lo exacto es {100.0 * exacto:.2f} %"]
