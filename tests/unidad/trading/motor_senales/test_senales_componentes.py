"""Cada componente opina en [−1, 1], en el sentido que dice, y calla mientras se calienta."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominio.errores import ErrorConfiguracion
from dominio.velas import Vela
from trading.motor_senales.base import SIGMA_POR_CAMBIO_MEDIO, aplastar, sigma_diferencia_ema
from trading.motor_senales.conjunto import PERIODO_RUIDO, Conjunto, Escala, componentes, ticks_calentamiento
from trading.motor_senales.parametros import CODIGOS, ParametrosSenales

pytestmark = pytest.mark.rapido
POR_DEFECTO = ParametrosSenales()


def componente(codigo: str):
    return next(c for c, _ in componentes(POR_DEFECTO) if c.codigo == codigo)


def ultima(codigo: str, precios) -> float | None:
    c, fuerza = componente(codigo), None
    for precio in precios:
        fuerza = c.actualizar(float(precio), 0.1)
    return fuerza


SUBIDA = 100.0 + 0.1 * np.arange(60)
ACELERA = 100.0 + 0.002 * np.arange(60) ** 2


@pytest.mark.parametrize(
    ("codigo", "precios", "signo"),
    [
        ("cruce_ema", SUBIDA, 1),
        ("momento", SUBIDA, 1),
        ("macd", ACELERA, 1),
        ("rsi", SUBIDA, -1),
        ("bollinger", SUBIDA, -1),
    ],
)
def test_sentido_de_cada_componente(codigo: str, precios, signo: int) -> None:
    sube, baja = ultima(codigo, precios), ultima(codigo, 200.0 - precios)
    assert sube * signo > 0.1
    assert baja == pytest.approx(-sube, abs=1e-9), "subir y bajar son simétricos"


@given(st.lists(st.floats(1.0, 1e5), min_size=1, max_size=120), st.just(0.0) | st.floats(1e-9, 100))
@settings(max_examples=50, deadline=None)
def test_fuerza_acotada_y_calentamiento_exacto(precios: list[float], ruido: float) -> None:
    for c, _ in componentes(POR_DEFECTO):
        for i, precio in enumerate(precios, start=1):
            fuerza = c.actualizar(precio, ruido)
            assert (fuerza is None) == (i < c.datos_necesarios), c.codigo
            assert fuerza is None or -1.0 <= fuerza <= 1.0


def test_mercado_quieto_no_opina() -> None:
    for c, _ in componentes(POR_DEFECTO):
        for _ in range(60):
            fuerza = c.actualizar(100.0, 0.0)
        assert fuerza == 0.0, c.codigo


def test_un_mercado_parado_muchas_horas_no_opina_ni_falla() -> None:
    escala = Escala(POR_DEFECTO)
    for i in range(60):
        escala.actualizar(100.0 + i % 7)
    for _ in range(9000):
        fuerza = escala.actualizar(100.0)
    assert fuerza == 0.0


def test_todos_se_presentan_en_espanol() -> None:
    presentados = [c for c, _ in componentes(POR_DEFECTO)]
    assert tuple(c.codigo for c in presentados) == CODIGOS
    assert all(c.descripcion.endswith(".") and "\n" not in c.descripcion for c in presentados)


def test_sigma_teorica_como_la_medida() -> None:
    """La escala de cruce y MACD es la desviación de un paseo al azar, medida con uno largo."""
    from indicadores import calculo

    precios = np.cumsum(np.random.default_rng(4).normal(0, 1, 200_000))
    diferencia = (calculo.ema(precios, 9) - calculo.ema(precios, 21))[500:]
    assert sigma_diferencia_ema(9, 21) == pytest.approx(diferencia.std(), rel=0.05)
    histograma = calculo.macd(precios, 12, 26, 9)[2][500:]
    assert sigma_diferencia_ema(12, 26, 9) == pytest.approx(histograma.std(), rel=0.05)
    assert pytest.approx(1 / np.abs(np.random.default_rng(5).normal(0, 1, 400_000)).mean(), rel=0.01) == (
        SIGMA_POR_CAMBIO_MEDIO
    )


def test_aplastar() -> None:
    assert aplastar(1.0) == 0.5
    assert aplastar(-1.0) == -0.5
    assert abs(aplastar(1e12)) <= 1.0


def test_conjunto_es_la_media_ponderada_de_las_dos_escalas(paseo) -> None:
    parametros = ParametrosSenales(vela_s=10, pesos={"rsi": 2.0, "momento": 1.0}, peso_ticks=3.0, peso_velas=1.0)
    conjunto = Conjunto(parametros)
    for tick in paseo(1, 400):
        conjunto.agregar(tick)
    partes = conjunto.por_componente()
    assert set(partes) == {"rsi_ticks", "momento_ticks", "rsi_velas", "momento_velas"}
    ticks = (2 * partes["rsi_ticks"] + partes["momento_ticks"]) / 3
    velas = (2 * partes["rsi_velas"] + partes["momento_velas"]) / 3
    assert conjunto.crudo == pytest.approx(0.75 * ticks + 0.25 * velas)


def test_conjunto_calla_hasta_que_las_dos_escalas_estan_listas(paseo) -> None:
    conjunto = Conjunto(ParametrosSenales(vela_s=10))
    ticks = paseo(2, 300)
    opiniones = [conjunto.agregar(t) for t in ticks]
    primera = next(i for i, o in enumerate(opiniones) if o is not None)
    necesarios = Escala(POR_DEFECTO).datos_necesarios
    # 5 ticks por vela de 10 s; la vela número «necesarios» se cierra con el primer tick de la siguiente.
    assert primera == necesarios * 5
    assert all(o is not None for o in opiniones[primera:])


@pytest.mark.parametrize(("peso_ticks", "peso_velas"), [(1.0, 0.0), (0.0, 1.0)])
def test_una_escala_apagada_ni_opina_ni_hace_esperar(paseo, peso_ticks: float, peso_velas: float) -> None:
    parametros = ParametrosSenales(vela_s=10, peso_ticks=peso_ticks, peso_velas=peso_velas)
    conjunto = Conjunto(parametros)
    opiniones = [conjunto.agregar(t) for t in paseo(3, ticks_calentamiento(parametros, 2000))]
    assert opiniones[-1] is not None
    sufijo = "_ticks" if peso_ticks else "_velas"
    assert all(k.endswith(sufijo) for k in conjunto.por_componente())


def test_los_ticks_de_calentamiento_bastan(paseo) -> None:
    parametros = ParametrosSenales(vela_s=10)
    conjunto = Conjunto(parametros)
    opiniones = [conjunto.agregar(t) for t in paseo(4, ticks_calentamiento(parametros, 2000))]
    assert opiniones[-1] is not None


def test_una_vela_repetida_no_cuenta_dos_veces(paseo) -> None:
    velas = [Vela("R_50", i * 60_000, 60, 1.0, 1.0, 1.0, float(p)) for i, p in enumerate(SUBIDA)]
    uno, dos = Conjunto(POR_DEFECTO), Conjunto(POR_DEFECTO)
    for vela in velas:
        uno.agregar_vela(vela)
        dos.agregar_vela(vela)
        dos.agregar_vela(vela)
    assert uno.por_componente() == dos.por_componente()


def test_el_ruido_cuenta_en_el_calentamiento() -> None:
    escala = Escala(ParametrosSenales(pesos={"momento": 1.0}))
    fuerzas = [escala.actualizar(100.0 + i % 3) for i in range(PERIODO_RUIDO + 5)]
    assert [f is not None for f in fuerzas].index(True) == PERIODO_RUIDO == escala.datos_necesarios - 1


@pytest.mark.parametrize(
    "cambios",
    [
        {"duracion": 0},
        {"unidad": "h"},
        {"vela_s": 0},
        {"peso_ticks": -1.0},
        {"peso_ticks": 0.0, "peso_velas": 0.0},
        {"pesos": {"bruja": 1.0}},
        {"pesos": {"rsi": 0.0}},
        {"umbral_senal": 1.0},
        {"umbral_senal": math.nan},
        {"edad_max_ms": 0},
        {"hueco_max_ms": 10},
        {"pago_neto_min": -0.1},
        {"pseudo_operaciones": 0.0},
        {"reajuste_cada": 0},
        {"confianza": 1.0},
    ],
)
def test_parametros_malos(cambios: dict) -> None:
    with pytest.raises(ErrorConfiguracion) as fallo:
        ParametrosSenales(**cambios)
    assert fallo.value.codigo == "SEN-01"
    assert next(iter(cambios)) in fallo.value.mensaje or "pesos" in fallo.value.mensaje


@pytest.mark.parametrize(
    "anidado",
    [
        {"cruce_ema": {"rapida": 21, "lenta": 9}},
        {"rsi": {"sobreventa": 60}},
        {"macd": {"senal": 1}},
        {"bollinger": {"desviaciones": 0}},
        {"momento": {"periodo": 0}},
        {"rsi": {"periodo": 14, "perido": 3}},
    ],
)
def test_parametros_de_componente_malos(anidado: dict) -> None:
    with pytest.raises((ErrorConfiguracion, msgspec.ValidationError)):
        msgspec.convert(anidado, ParametrosSenales)


def test_la_huella_solo_cambia_con_lo_que_cambia_lo_aprendido() -> None:
    base = POR_DEFECTO.huella()
    assert ParametrosSenales(umbral_senal=0.3, exigir_ventaja=False).huella() == base
    assert ParametrosSenales(duracion=7).huella() != base
    assert ParametrosSenales(pesos={"rsi": 1.0}).huella() != base
