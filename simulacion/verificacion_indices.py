"""Comprueba que los índices sintéticos son lo que dicen: volatilidad, empates y aciertos de una moneda al aire.

La volatilidad se mide sobre los precios mostrados, restando la varianza que añade el redondeo (pip²/6 por incremento,
Sheppard). Los contratos no se solapan y empates y aciertos se comparan con su probabilidad EXACTA dada la senda: la del
incremento gaussiano desde el precio sin redondear de la entrada hasta el mismo precio mostrado. Los intervalos son los
de una binomial con la probabilidad media, que contiene a la verdadera (Poisson-binomial, Hoeffding 1956), y conjuntos
al 99,9 % por Bonferroni.
"""

import hashlib
import math
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binom

from simulacion.indices import INDICES, SEGUNDOS_ANUALES, Indice
from simulacion.mercado_sintetico import SendaSintetica

TICKS = 1_000_000
CONTRATOS = 100_000
DURACION_TICKS = 5
ERROR_MAX_PCT = 0.3
CONFIANZA = 0.999
ANCLA_S = 1_767_225_600

Vector = NDArray[np.float64]


class Proporcion(msgspec.Struct, frozen=True):
    """Cuántas veces pasó algo, cuántas se esperaban y entre cuáles debía quedar."""

    veces: int
    esperadas: float
    minimo: int
    maximo: int

    @property
    def bien(self) -> bool:
        return self.minimo <= self.veces <= self.maximo


class InformeIndice(msgspec.Struct, frozen=True):
    """Lo medido en un índice."""

    simbolo: str
    volatilidad_pct: float
    volatilidad_medida_pct: float
    empates: Proporcion
    aciertos: Proporcion

    @property
    def error_pct(self) -> float:
        """Devuelve cuánto se aparta la volatilidad medida, en tanto por ciento de la declarada."""
        return abs(self.volatilidad_medida_pct / self.volatilidad_pct - 1.0) * 100.0


def verificar(semilla: "int | str", ticks: int = TICKS, contratos: int = CONTRATOS) -> dict[str, Any]:
    """Devuelve ``indices``, ``error_volatilidad_max_pct`` y ``violaciones`` (vacía si todo está en su sitio)."""
    pruebas = 2 * len(INDICES)
    informes = [verificar_indice(indice, semilla, ticks, contratos, pruebas) for indice in INDICES.values()]
    violaciones = [texto for informe in informes for texto in _violaciones(informe)]
    return {
        "semilla": semilla,
        "ticks": ticks,
        "contratos_por_indice": contratos,
        "indices": {informe.simbolo: _como_dict(informe) for informe in informes},
        "error_volatilidad_max_pct": round(max(informe.error_pct for informe in informes), 4),
        "violaciones": violaciones,
    }


def verificar_indice(
    indice: Indice, semilla: "int | str", ticks: int, contratos: int, pruebas: int = 2
) -> InformeIndice:
    """Devuelve lo medido en un índice; ``pruebas`` son las comparaciones entre las que se reparte el error."""
    senda = SendaSintetica(indice, semilla, ANCLA_S)
    exactos, mostrados = senda.sin_redondear(0, ticks + 1), senda.redondeados(0, ticks + 1)
    alfa = (1.0 - CONFIANZA) / pruebas
    empates, aciertos = _moneda_al_aire(indice, exactos, mostrados, contratos, alfa, _azar(semilla, indice.simbolo))
    return InformeIndice(
        indice.simbolo, indice.volatilidad_pct, volatilidad_medida_pct(indice, mostrados), empates, aciertos
    )


def volatilidad_medida_pct(indice: Indice, mostrados: Vector) -> float:
    """Devuelve la volatilidad anual, en tanto por ciento, de una serie de precios mostrados."""
    saltos = np.diff(mostrados) / mostrados[:-1]
    redondeo = indice.pip**2 / 6.0 * float(np.mean(mostrados[:-1] ** -2.0))
    varianza = max(0.0, float(np.mean(saltos**2)) - redondeo)
    return math.sqrt(varianza * SEGUNDOS_ANUALES / indice.intervalo_s) * 100.0


def probabilidad_empate(indice: Indice, exactos: Vector, mostrados: Vector, ticks: int) -> Vector:
    """Devuelve, por contrato, la probabilidad de que la salida muestre el mismo precio que la entrada."""
    sigma = indice.sigma_tick * math.sqrt(ticks)
    deriva = -(sigma**2) / 2.0
    arriba = (np.log((mostrados + indice.pip / 2.0) / exactos) - deriva) / sigma
    abajo = (np.log((mostrados - indice.pip / 2.0) / exactos) - deriva) / sigma
    return np.asarray(ndtr(arriba) - ndtr(abajo), dtype=np.float64)


def _moneda_al_aire(
    indice: Indice, exactos: Vector, mostrados: Vector, contratos: int, alfa: float, azar: np.random.Generator
) -> tuple[Proporcion, Proporcion]:
    paso = (len(mostrados) - 1) // contratos
    if paso <= DURACION_TICKS:
        raise ValueError("hacen falta más ticks para que los contratos no se solapen")
    entradas = np.arange(contratos) * paso + 1  # la compra ocurre en el tick anterior
    entrada, salida = mostrados[entradas], mostrados[entradas + DURACION_TICKS]
    sube = azar.random(contratos) < 0.5
    empata = entrada == salida
    gana = np.where(sube, salida > entrada, salida < entrada)
    p_empate = probabilidad_empate(indice, exactos[entradas], entrada, DURACION_TICKS)
    p_gana = (1.0 - p_empate) / 2.0  # la dirección es una moneda: da igual el sesgo de la senda
    return _proporcion(empata, p_empate, alfa), _proporcion(gana, p_gana, alfa)


def _proporcion(ocurre: NDArray[np.bool_], p: Vector, alfa: float) -> Proporcion:
    n, media = len(p), float(np.mean(p))
    minimo, maximo = (int(binom.ppf(q, n, media)) for q in (alfa / 2.0, 1.0 - alfa / 2.0))
    return Proporcion(int(np.count_nonzero(ocurre)), n * media, minimo, maximo)


def _azar(semilla: "int | str", simbolo: str) -> np.random.Generator:
    resumen = hashlib.sha256(f"moneda\x1f{semilla}\x1f{simbolo}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(resumen[:16], "big")))


def _violaciones(informe: InformeIndice) -> list[str]:
    malas = []
    if informe.error_pct >= ERROR_MAX_PCT:
        malas.append(f"{informe.simbolo}: la volatilidad medida se aparta un {informe.error_pct:.3f} %")
    for nombre, proporcion in (("empates", informe.empates), ("aciertos", informe.aciertos)):
        if not proporcion.bien:
            entre = f"[{proporcion.minimo}, {proporcion.maximo}]"
            malas.append(f"{informe.simbolo}: {proporcion.veces} {nombre}, fuera de {entre}")
    return malas


def _como_dict(informe: InformeIndice) -> dict[str, Any]:
    return {
        "volatilidad_pct": informe.volatilidad_pct,
        "volatilidad_medida_pct": round(informe.volatilidad_medida_pct, 5),
        "error_pct": round(informe.error_pct, 4),
        "empates": msgspec.structs.asdict(informe.empates),
        "aciertos": msgspec.structs.asdict(informe.aciertos),
    }
