"""Indicadores técnicos sobre series completas, con las matemáticas de TA-Lib.

Todas las funciones toman arreglos ``float64`` de una dimensión y la misma longitud n, del más viejo al más nuevo, y
devuelven arreglos de esa longitud n. Los primeros valores, mientras el indicador se calienta, son NaN: cuántos dice
``calentamiento`` (y cada docstring). Un NaN de entrada se propaga hasta el final de la serie, como en TA-Lib.

TA-Lib se importa al primer uso: con polars o pandas presentes arrastra más de 150 MB que ``timonel alto`` no necesita.
Para un dato a la vez están las versiones O(1) de ``indicadores.incremental``, que dan los mismos números.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from dominio.errores import ErrorPermanente

Serie = NDArray[np.float64]


def _talib() -> Any:
    import talib

    return talib


def serie(valores: "Serie | Sequence[float]") -> Serie:
    """Devuelve ``valores`` como arreglo float64 contiguo de una dimensión.

    Raises:
        ErrorPermanente: IND-01 si no tiene una sola dimensión.
    """
    arreglo = np.ascontiguousarray(valores, dtype=np.float64)
    if arreglo.ndim != 1:
        raise ErrorPermanente("IND-01", f"Un indicador necesita una serie de una dimensión y llegó de {arreglo.ndim}.")
    return arreglo


def _periodo(valor: int, minimo: int, nombre: str) -> int:
    if valor < minimo:
        raise ErrorPermanente("IND-02", f"«{nombre}» vale {valor} y lo menos que admite es {minimo}.")
    return valor


def _vacia(datos: Serie) -> bool:
    # TA-Lib falla con series vacías; para nosotros «sin datos» es una respuesta normal.
    return datos.size == 0


def media(cierres: Serie, periodo: int) -> Serie:
    """Devuelve la media simple; calentamiento: periodo − 1 valores."""
    _periodo(periodo, 2, "periodo")
    datos = serie(cierres)
    return datos if _vacia(datos) else cast(Serie, _talib().SMA(datos, timeperiod=periodo))


def ema(cierres: Serie, periodo: int) -> Serie:
    """Devuelve la media exponencial (factor 2/(periodo+1), semilla = media simple); calentamiento: periodo − 1."""
    _periodo(periodo, 2, "periodo")
    datos = serie(cierres)
    return datos if _vacia(datos) else cast(Serie, _talib().EMA(datos, timeperiod=periodo))


def rsi(cierres: Serie, periodo: int = 14) -> Serie:
    """Devuelve el RSI de Wilder en [0, 100]; calentamiento: periodo valores."""
    _periodo(periodo, 2, "periodo")
    datos = serie(cierres)
    return datos if _vacia(datos) else cast(Serie, _talib().RSI(datos, timeperiod=periodo))


def macd(cierres: Serie, rapida: int = 12, lenta: int = 26, senal: int = 9) -> tuple[Serie, Serie, Serie]:
    """Devuelve (línea, señal, histograma) del MACD; calentamiento: lenta + senal − 2 valores en las tres.

    Raises:
        ErrorPermanente: IND-02 si un periodo es demasiado corto o la rápida no es menor que la lenta.
    """
    _periodo(rapida, 2, "rapida")
    _periodo(lenta, rapida + 1, "lenta")
    _periodo(senal, 1, "senal")
    datos = serie(cierres)
    if _vacia(datos):
        return datos, datos, datos
    linea, suavizada, histograma = _talib().MACD(datos, fastperiod=rapida, slowperiod=lenta, signalperiod=senal)
    return linea, suavizada, histograma


def bollinger(cierres: Serie, periodo: int = 20, desviaciones: float = 2.0) -> tuple[Serie, Serie, Serie]:
    """Devuelve (banda alta, media, banda baja) con desviación típica poblacional; calentamiento: periodo − 1."""
    _periodo(periodo, 2, "periodo")
    datos = serie(cierres)
    if _vacia(datos):
        return datos, datos, datos
    alta, centro, baja = _talib().BBANDS(datos, timeperiod=periodo, nbdevup=desviaciones, nbdevdn=desviaciones)
    return alta, centro, baja


def momento(cierres: Serie, periodo: int = 10) -> Serie:
    """Devuelve cierre − cierre de hace ``periodo`` pasos, en unidades de precio; calentamiento: periodo valores."""
    _periodo(periodo, 1, "periodo")
    datos = serie(cierres)
    return datos if _vacia(datos) else cast(Serie, _talib().MOM(datos, timeperiod=periodo))


def atr(maximos: Serie, minimos: Serie, cierres: Serie, periodo: int = 14) -> Serie:
    """Devuelve el rango verdadero medio de Wilder, en unidades de precio; calentamiento: periodo valores.

    Raises:
        ErrorPermanente: IND-03 si las tres series no miden lo mismo.
    """
    _periodo(periodo, 1, "periodo")
    altos, bajos, finales = serie(maximos), serie(minimos), serie(cierres)
    if not altos.size == bajos.size == finales.size:
        raise ErrorPermanente("IND-03", "Máximos, mínimos y cierres no tienen la misma longitud.")
    return finales if _vacia(finales) else cast(Serie, _talib().ATR(altos, bajos, finales, timeperiod=periodo))


def calentamiento(indicador: str, **periodos: int) -> int:
    """Devuelve cuántos valores NaN abren la salida de un indicador con sus periodos (los de arriba por defecto).

    Raises:
        ErrorPermanente: IND-04 si el indicador no existe.
    """
    p = {"periodo": 14, "rapida": 12, "lenta": 26, "senal": 9} | periodos
    cuentas = {
        "media": p["periodo"] - 1,
        "ema": p["periodo"] - 1,
        "rsi": p["periodo"],
        "macd": p["lenta"] + p["senal"] - 2,
        "bollinger": p["periodo"] - 1,
        "momento": p["periodo"],
        "atr": p["periodo"],
    }
    if indicador not in cuentas:
        raise ErrorPermanente("IND-04", f"No existe el indicador «{indicador}».", f"Los hay: {', '.join(cuentas)}.")
    return cuentas[indicador]
