"""Los indicadores dato a dato dan lo mismo que TA-Lib, con cualquier serie y desde el mismo dato."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominio.errores import ErrorPermanente
from indicadores import calculo
from indicadores.incremental import Atr, Bollinger, CambioMedio, Ema, Macd, Momento, Rsi

pytestmark = pytest.mark.rapido


@st.composite
def paseos(dibujar) -> np.ndarray:
    """Un paseo de precios como los de las sedes: nivel, volatilidad y decimales variados, a veces con tramos planos."""
    nivel = dibujar(st.sampled_from([0.7, 1.0532, 92.0, 1254.5, 42136.0, 110_000.0]))
    paso = nivel * dibujar(st.sampled_from([2e-5, 2e-4, 5e-3]))
    decimales = dibujar(st.integers(2, 5))
    pasos = dibujar(st.lists(st.floats(-3, 3, allow_nan=False), min_size=60, max_size=160))
    return np.round(nivel + np.cumsum(np.array(pasos)) * paso * 0.1, decimales)


def correr(indicador, serie: np.ndarray) -> np.ndarray:
    return np.array([np.nan if (v := indicador.actualizar(float(x))) is None else v for x in serie])


def iguales(obtenido: np.ndarray, esperado: np.ndarray, escala: float) -> None:
    assert np.array_equal(np.isnan(obtenido), np.isnan(esperado)), "calentamiento distinto"
    np.testing.assert_allclose(obtenido, esperado, rtol=1e-9, atol=1e-9 * escala)


@given(paseos(), st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_ema_como_talib(serie: np.ndarray, periodo: int) -> None:
    iguales(correr(Ema(periodo), serie), calculo.ema(serie, periodo), 0.0)


@given(paseos(), st.integers(2, 30))
@settings(max_examples=60, deadline=None)
def test_rsi_como_talib(serie: np.ndarray, periodo: int) -> None:
    iguales(correr(Rsi(periodo), serie), calculo.rsi(serie, periodo), 100.0)


@pytest.mark.parametrize("planos", [60, 3000])
def test_rsi_en_un_tramo_plano_larguisimo_como_talib(planos: int) -> None:
    serie = np.concatenate([[0.70, 0.71, 0.705], np.full(planos, 0.71)])
    iguales(correr(Rsi(2), serie), calculo.rsi(serie, 2), 100.0)


@given(paseos(), st.integers(2, 12), st.integers(1, 20), st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_macd_como_talib(serie: np.ndarray, rapida: int, mas: int, senal: int) -> None:
    esperado = calculo.macd(serie, rapida, rapida + mas, senal)
    macd = Macd(rapida, rapida + mas, senal)
    filas = []
    for x in serie:
        histograma = macd.actualizar(float(x))
        filas.append((np.nan,) * 3 if histograma is None else (macd.linea, macd.senal, histograma))
    for columna, referencia in zip(np.array(filas, dtype=float).T, esperado, strict=True):
        # La línea es resta de dos precios casi iguales: la precisión se mide contra el precio.
        iguales(columna, referencia, float(serie.max()))


@given(paseos(), st.integers(2, 30), st.sampled_from([1.0, 2.0, 2.5]))
@settings(max_examples=60, deadline=None)
def test_bollinger_como_numpy_y_talib(serie: np.ndarray, periodo: int, desviaciones: float) -> None:
    bandas = Bollinger(periodo)
    medias, altas = [], []
    for x in serie:
        centro = bandas.actualizar(float(x))
        medias.append(np.nan if centro is None else centro)
        altas.append(np.nan if centro is None else centro + desviaciones * bandas.desviacion)
    alta, centro, _baja = calculo.bollinger(serie, periodo, desviaciones)
    iguales(np.array(medias), centro, 0.0)
    ventanas = np.lib.stride_tricks.sliding_window_view(serie, periodo)
    exacta = np.concatenate([np.full(periodo - 1, np.nan), ventanas.mean(axis=1) + desviaciones * ventanas.std(axis=1)])
    iguales(np.array(altas), exacta, 0.0)
    # TA-Lib pierde cifras al restar cuadrados: su propio error, no el nuestro, fija aquí la tolerancia.
    ruido = desviaciones * np.sqrt(np.finfo(float).eps * periodo) * float(serie.max())
    np.testing.assert_allclose(np.array(altas), alta, rtol=1e-9, atol=2 * ruido)


@given(paseos(), st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_momento_como_talib(serie: np.ndarray, periodo: int) -> None:
    iguales(correr(Momento(periodo), serie), calculo.momento(serie, periodo), 0.0)


@given(paseos(), st.integers(2, 20))
@settings(max_examples=60, deadline=None)
def test_atr_como_talib(cierres: np.ndarray, periodo: int) -> None:
    ancho = np.abs(np.sin(np.arange(cierres.size))) * cierres * 1e-3
    maximos, minimos = cierres + ancho, cierres - ancho * 0.7
    atr = Atr(periodo)
    filas = zip(maximos, minimos, cierres, strict=True)
    obtenido = np.array([np.nan if (v := atr.actualizar(*map(float, f))) is None else v for f in filas])
    iguales(obtenido, calculo.atr(maximos, minimos, cierres, periodo), float(cierres.max()) * 1e-3)


def test_bollinger_no_acumula_error_en_series_largas() -> None:
    indices = np.arange(50_000)
    serie = 110_000.0 + np.cumsum(np.sin(indices * 1.7)) * 0.01
    bandas = Bollinger(20)
    for x in serie:
        bandas.actualizar(float(x))
    assert bandas.desviacion == pytest.approx(serie[-20:].std(), rel=1e-7)


def test_cambio_medio_es_la_ema_de_los_cambios_absolutos() -> None:
    serie = np.array([1.0, 3.0, 2.0, 2.5, 5.0, 4.0])
    esperado = calculo.ema(np.abs(np.diff(serie)), 3)[-1]
    assert correr(CambioMedio(3), serie)[-1] == pytest.approx(esperado)


@pytest.mark.parametrize(
    ("indicador", "calcular", "periodos"),
    [
        ("media", lambda s: calculo.media(s, 7), {"periodo": 7}),
        ("ema", lambda s: calculo.ema(s, 7), {"periodo": 7}),
        ("rsi", lambda s: calculo.rsi(s, 7), {"periodo": 7}),
        ("macd", lambda s: calculo.macd(s)[2], {}),
        ("bollinger", lambda s: calculo.bollinger(s, 7)[0], {"periodo": 7}),
        ("momento", lambda s: calculo.momento(s, 7), {"periodo": 7}),
        ("atr", lambda s: calculo.atr(s + 1, s - 1, s, 7), {"periodo": 7}),
    ],
)
def test_calentamiento_dice_la_verdad(indicador: str, calcular, periodos: dict[str, int]) -> None:
    salida = calcular(np.linspace(1, 2, 80) + np.sin(np.arange(80)))
    assert np.isnan(salida).sum() == calculo.calentamiento(indicador, **periodos)


def test_las_entradas_malas_dan_error_con_codigo() -> None:
    buena = np.ones(5)
    casos = [
        ("IND-01", lambda: calculo.ema(np.ones((2, 2)), 3)),
        ("IND-02", lambda: calculo.ema(buena, 1)),
        ("IND-02", lambda: calculo.macd(buena, 5, 5, 2)),
        ("IND-03", lambda: calculo.atr(buena, buena, np.ones(4))),
        ("IND-04", lambda: calculo.calentamiento("bruja")),
    ]
    for codigo, hacer in casos:
        with pytest.raises(ErrorPermanente) as fallo:
            hacer()
        assert fallo.value.codigo == codigo


def test_una_serie_vacia_da_una_serie_vacia() -> None:
    assert calculo.ema(np.array([]), 5).size == 0
    assert calculo.macd(np.array([]))[2].size == 0
