"""La calibración recupera la verdad cuando la hay, se encoge cuando no, y su tabla dice si acierta."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from trading.motor_senales.calibracion import Calibracion, CalibradorActivo, Cubeta, ajustar, logistica
from trading.motor_senales.estadistica import cota_inferior, wilson, z_dos_colas, z_una_cola
from trading.motor_senales.fiabilidad import Fiabilidad
from trading.motor_senales.parametros import ParametrosSenales

pytestmark = pytest.mark.rapido


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1)), min_size=1, max_size=40))
def test_newton_llega_al_mismo_optimo_que_scipy(datos: list[tuple[int, float]]) -> None:
    cubetas = [Cubeta(n, round(n * f), n * (i + 0.5) / 40) for i, (n, f) in enumerate(datos)]
    x = np.array([c.suma / c.n for c in cubetas])
    n = np.array([c.n for c in cubetas])
    w = np.array([c.aciertos for c in cubetas])

    def perdida(ab: np.ndarray) -> float:
        eta = ab[0] + ab[1] * x
        return float(np.sum(n * np.logaddexp(0, eta) - w * eta) + ab[0] ** 2 / 8 + ab[1] ** 2 / 32)

    ajuste = ajustar(cubetas)
    optimo = minimize(perdida, np.zeros(2), method="BFGS")
    assert perdida(np.array([ajuste.a, ajuste.b])) <= optimo.fun + 1e-6


def test_todo_aciertos_no_da_infinitos() -> None:
    ajuste = ajustar([Cubeta(500, 500, 50.0), Cubeta(500, 500, 300.0)])
    assert all(math.isfinite(v) for v in (ajuste.a, ajuste.b, ajuste.v_aa, ajuste.v_ab, ajuste.v_bb))


def aprender(n: int, verdad, semilla: int = 1, calibrador: CalibradorActivo | None = None) -> CalibradorActivo:
    azar = np.random.default_rng(semilla)
    calibrador = calibrador or CalibradorActivo()
    for x, moneda in zip(azar.uniform(0, 0.4, n), azar.random(n), strict=True):
        prevista = calibrador.estimar(float(x), 0.5, 400.0).probabilidad
        calibrador.anotar(float(x), prevista, bool(moneda < verdad(x)), 25)
    return calibrador


def test_recupera_una_ventaja_que_existe() -> None:
    calibrador = aprender(20_000, lambda x: logistica(-0.1 + 2.0 * x))
    for x in (0.05, 0.2, 0.35):
        assert calibrador.estimar(x, 0.5, 400.0).probabilidad == pytest.approx(logistica(-0.1 + 2.0 * x), abs=0.012)


def test_sin_etiquetas_manda_la_base_y_no_hay_pruebas() -> None:
    estimacion = CalibradorActivo().estimar(0.3, 0.47, 400.0)
    assert estimacion.probabilidad == 0.47
    assert estimacion.muestras == 0.0
    assert cota_inferior(estimacion.probabilidad, estimacion.muestras, 0.95) == 0.0


def test_encoge_hacia_la_base_por_400_pseudo_operaciones() -> None:
    calibrador = aprender(1000, lambda x: 0.6)
    estimacion = calibrador.estimar(0.2, 0.5, 400.0)
    casi_sin_encoger = calibrador.estimar(0.2, 0.5, 1e-9).probabilidad
    m = estimacion.muestras
    assert estimacion.probabilidad == pytest.approx((m * casi_sin_encoger + 400 * 0.5) / (m + 400))
    assert 0.5 < estimacion.probabilidad < casi_sin_encoger
    assert 500 < m <= 1000, "en el centro de los datos casi todas las etiquetas respaldan la estimación"
    assert calibrador.estimar(0.9, 0.5, 400.0).muestras < m / 4, "lejos de los datos, pocas"


def test_la_base_es_de_todos_los_activos_y_empieza_en_la_moneda() -> None:
    calibracion = Calibracion(ParametrosSenales(reajuste_cada=50), ("A", "B"))
    assert calibracion.base == 0.5
    for i in range(100):
        calibracion.anotar("A" if i % 2 else "B", 0.2, 0.5, acierto=i % 4 == 0)
    assert calibracion.base == pytest.approx((25 + 200) / (100 + 400))


def test_la_tabla_de_fiabilidad_cuadra_cuando_el_ajuste_es_bueno() -> None:
    calibrador = aprender(20_000, lambda x: logistica(-0.4 + 4.0 * x), semilla=3)
    reporte = calibrador.fiabilidad.reporte("R_50")
    assert reporte.n == 20_000 == sum(f.n for f in reporte.filas)
    assert sum(f.cuadra for f in reporte.filas) >= len(reporte.filas) - 2
    assert reporte.brier < reporte.brier_base, "distinguir señales mejora a decir siempre la tasa"


def test_la_tabla_de_fiabilidad_delata_a_quien_exagera() -> None:
    tabla = Fiabilidad()
    azar = np.random.default_rng(8)
    for moneda in azar.random(2000):
        tabla.anotar(0.65, bool(moneda < 0.5))
    (fila,) = tabla.reporte("R_50").filas
    assert (fila.desde, fila.hasta) == (0.65, 0.66)
    assert not fila.cuadra
    assert tabla.reporte("").brier == pytest.approx(0.25 + 0.15**2, abs=0.01)


def test_tabla_vacia_y_suma_de_tablas() -> None:
    assert Fiabilidad().reporte("").filas == ()
    una, otra = Fiabilidad(), Fiabilidad()
    una.anotar(0.2, acierto=True)
    otra.anotar(1.0, acierto=False)
    una.sumar(otra)
    assert (una.n, una.aciertos) == (2, 1)
    assert una.suma_brier == pytest.approx(0.64 + 1.0)


def test_estado_ida_y_vuelta_sin_compartir_memoria() -> None:
    original = aprender(300, lambda x: 0.55)
    copia = CalibradorActivo()
    copia.restaurar(original.estado())
    assert copia.estimar(0.2, 0.5, 400.0) == original.estimar(0.2, 0.5, 400.0)
    aprender(100, lambda x: 0.9, calibrador=copia)
    assert original.fiabilidad.n == 300
    assert copia.fiabilidad.n == 400


def test_wilson_contra_valores_conocidos() -> None:
    # 15 de 50 al 95 %: (0,191; 0,438), ejemplo habitual de los manuales.
    assert wilson(0.3, 50, z_dos_colas(0.95)) == pytest.approx((0.1910, 0.4375), abs=2e-4)
    assert wilson(0.3, 0, 1.96) == (0.0, 1.0)


@given(st.floats(0, 1), st.floats(1, 1e6), st.integers(1, 20))
def test_la_cota_baja_con_mas_comparaciones_y_sube_con_mas_muestras(p: float, n: float, m: int) -> None:
    cota = cota_inferior(p, n, 0.95, m)
    assert 0.0 <= cota <= p + 1e-9
    assert cota_inferior(p, n, 0.95, m + 1) <= cota + 1e-12
    assert cota_inferior(p, n * 2, 0.95, m) >= cota - 1e-12


def test_bonferroni_reparte_el_error() -> None:
    assert z_una_cola(0.95, 1) == pytest.approx(1.6449, abs=1e-4)
    assert z_una_cola(0.95, 10) == pytest.approx(2.5758, abs=1e-4)


def test_la_cota_cubre_lo_que_promete() -> None:
    """En 3.000 muestras binomiales de p conocida, la cota queda por encima de p como mucho el 5 % de las veces."""
    azar = np.random.default_rng(11)
    aciertos = azar.binomial(500, 0.5, 3000)
    fallos = sum(cota_inferior(a / 500, 500, 0.95) > 0.5 for a in aciertos)
    assert fallos / 3000 < 0.065
