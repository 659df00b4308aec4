"""La senda es una sola, se lee desde cualquier punto, y tiene la volatilidad y los decimales declarados."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dominio.errores import ErrorPermanente
from simulacion.indices import INDICES
from simulacion.mercado_sintetico import BLOQUE, MercadoSintetico, SendaSintetica

pytestmark = pytest.mark.rapido
ANCLA = 1_767_225_600


@given(desde=st.integers(-3 * BLOQUE, 3 * BLOQUE), cuantos=st.integers(1, 2 * BLOQUE))
@settings(max_examples=25, deadline=None)
def test_leer_un_trozo_es_leer_la_misma_senda(desde: int, cuantos: int) -> None:
    entera = SendaSintetica(INDICES["R_50"], 3, ANCLA).redondeados(-4 * BLOQUE, 12 * BLOQUE)
    trozo = SendaSintetica(INDICES["R_50"], 3, ANCLA).redondeados(desde, cuantos)
    np.testing.assert_array_equal(trozo, entera[desde + 4 * BLOQUE :][:cuantos])


def test_la_semilla_manda_y_los_simbolos_son_independientes() -> None:
    uno, otro, distinto = (SendaSintetica(INDICES["R_50"], s, ANCLA).sin_redondear(0, 1000) for s in (1, 1, 2))
    np.testing.assert_array_equal(uno, otro)
    assert not np.array_equal(uno, distinto)
    mercado = MercadoSintetico(1, ANCLA)
    saltos = {s: np.diff(np.log(mercado.senda(s).sin_redondear(0, 50_000))) for s in ("R_50", "R_100")}
    assert abs(np.corrcoef(saltos["R_50"], saltos["R_100"])[0, 1]) < 0.02


@pytest.mark.parametrize("simbolo", INDICES)
def test_cadencia_decimales_y_desviacion(simbolo: str) -> None:
    indice = INDICES[simbolo]
    horas, precios = MercadoSintetico(5, ANCLA + 1).tramo(simbolo, ANCLA, ANCLA + 400_000)
    assert set(np.diff(horas)) == {indice.intervalo_s}
    assert indice.intervalo_s == 1 or horas[0] % 2 == 0
    np.testing.assert_array_equal(precios, np.round(precios, indice.decimales))
    desviacion = float(np.std(np.diff(np.log(precios))))
    assert desviacion == pytest.approx(indice.sigma_tick, rel=0.02)


def test_las_desviaciones_por_tick_son_las_de_la_referencia() -> None:
    esperadas = {"R_10": 2.52e-5, "R_50": 1.259e-4, "R_100": 2.518e-4, "1HZ10V": 1.78e-5, "1HZ100V": 1.781e-4}
    for simbolo, sigma in esperadas.items():
        assert INDICES[simbolo].sigma_tick == pytest.approx(sigma, rel=2e-3)


def test_siguiente_ultimo_y_precio_hablan_del_mismo_tick() -> None:
    mercado = MercadoSintetico(9, ANCLA)
    assert mercado.siguiente("R_50", ANCLA) == ANCLA + 2
    assert mercado.siguiente("R_50", ANCLA + 1) == ANCLA + 2
    assert mercado.siguiente("1HZ50V", ANCLA) == ANCLA + 1
    hora, precio = mercado.ultimo("R_50", ANCLA + 3) or (0, 0.0)
    assert hora == ANCLA + 2
    assert precio == mercado.precio("R_50", ANCLA + 3) == mercado.precio("R_50", ANCLA + 2)
    assert mercado.tramo("R_50", ANCLA + 1, ANCLA + 1)[0].size == 0


def test_redondear_no_cambia_la_senda_de_debajo() -> None:
    senda = SendaSintetica(INDICES["1HZ10V"], 4, ANCLA)
    assert np.max(np.abs(senda.redondeados(0, 5000) - senda.sin_redondear(0, 5000))) <= 0.005 + 1e-9


def test_un_simbolo_desconocido_se_rechaza() -> None:
    with pytest.raises(ErrorPermanente):
        MercadoSintetico(1, ANCLA, ["R_51"])
