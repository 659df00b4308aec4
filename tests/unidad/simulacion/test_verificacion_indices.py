"""La verificación aprueba los índices buenos y suspende los que mienten."""

import msgspec
import numpy as np
import pytest

from simulacion import verificacion_indices as v
from simulacion.indices import INDICES
from simulacion.mercado_sintetico import SendaSintetica
from simulacion.sedes.deriv import liquidacion

pytestmark = pytest.mark.rapido


@pytest.mark.parametrize("semilla", [1, "otra"])
def test_los_diez_indices_pasan(semilla: "int | str") -> None:
    informe = v.verificar(semilla)
    assert informe["violaciones"] == []
    assert informe["error_volatilidad_max_pct"] < v.ERROR_MAX_PCT
    assert set(informe["indices"]) == set(INDICES)


def test_una_volatilidad_falsa_se_nota() -> None:
    senda = SendaSintetica(INDICES["R_50"], 1, v.ANCLA_S).redondeados(0, v.TICKS)
    mentira = msgspec.structs.replace(INDICES["R_50"], volatilidad_pct=50.5)
    medida = v.volatilidad_medida_pct(mentira, senda)
    informe = v.InformeIndice("R_50", 50.5, medida, v.Proporcion(1, 1, 0, 2), v.Proporcion(1, 1, 0, 2))
    assert v._violaciones(informe)


def test_el_redondeo_se_descuenta() -> None:
    indice = msgspec.structs.replace(INDICES["1HZ10V"], nivel=500.0)  # un pip es aquí más que un tick típico
    senda = SendaSintetica(indice, 1, v.ANCLA_S).redondeados(0, v.TICKS)
    bruta = float(np.std(np.diff(senda) / senda[:-1])) * np.sqrt(31_536_000) * 100
    assert abs(bruta / 10 - 1) > 0.05
    assert v.volatilidad_medida_pct(indice, senda) == pytest.approx(10, rel=0.005)


def test_los_empates_de_mas_se_notan() -> None:
    indice = INDICES["1HZ10V"]
    senda = SendaSintetica(indice, 1, v.ANCLA_S)
    exactos, mostrados = senda.sin_redondear(0, 100_001), senda.redondeados(0, 100_001)
    azar = np.random.default_rng(1)
    bien, _ = v._moneda_al_aire(indice, exactos, mostrados, 10_000, 0.001, azar)
    grueso = np.round(mostrados, 1)
    mal, _ = v._moneda_al_aire(indice, exactos, grueso, 10_000, 0.001, azar)
    assert bien.bien
    assert not mal.bien


def test_la_probabilidad_de_empate_es_la_de_la_referencia() -> None:
    indice = INDICES["R_50"]
    precios = np.full(3, 92.0)
    esperada = indice.pip / (92.0 * indice.sigma_tick * np.sqrt(2 * np.pi * 5))
    assert v.probabilidad_empate(indice, precios, precios, 5)[0] == pytest.approx(esperada, rel=0.01)
    assert esperada == pytest.approx(0.0015, rel=0.05)


def test_la_moneda_liquida_como_la_sede() -> None:
    entrada, salida = np.array([1.0, 1.0, 1.0]), np.array([1.1, 0.9, 1.0])
    for tipo, como_la_sede in (("CALL", salida > entrada), ("PUT", salida < entrada)):
        assert [liquidacion.gana(tipo, a, b) for a, b in zip(entrada, salida, strict=True)] == list(como_la_sede)
