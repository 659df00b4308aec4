"""Las etiquetas virtuales liquidan como la sede: entrada en el tick siguiente, salida N después, el empate pierde."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.motor_senales.etiquetas import EtiquetaVirtual

pytestmark = pytest.mark.rapido


def liquidar(crudo: float, precios: list[float], duracion: int = 3) -> tuple[bool | None, int]:
    """Devuelve si acierta y en qué tick (desde 1) se supo."""
    etiqueta = EtiquetaVirtual(duracion, "t")
    etiqueta.abrir(0, crudo, 0.5)
    for i, precio in enumerate(precios, start=1):
        if (madura := etiqueta.avanzar(i * 1000, precio)) is not None:
            return madura.acierto, i
    return None, 0


@pytest.mark.parametrize(
    ("crudo", "precios", "acierta"),
    [
        (0.3, [10.0, 9.0, 9.0, 10.1], True),
        (0.3, [10.0, 11.0, 11.0, 10.0], False),
        (-0.3, [10.0, 11.0, 11.0, 9.9], True),
        (-0.3, [10.0, 9.0, 9.0, 10.0], False),
        (0.3, [10.0, 12.0, 12.0, 9.0], False),
    ],
)
def test_contrato_de_tres_ticks(crudo: float, precios: list[float], acierta: bool) -> None:
    assert liquidar(crudo, precios) == (acierta, 4), "entrada en el primero, salida tres después: el cuarto"


def test_antes_de_la_salida_no_se_sabe() -> None:
    assert liquidar(0.3, [10.0, 11.0, 12.0]) == (None, 0)


@given(st.lists(st.integers(90, 110), min_size=8, max_size=30), st.integers(1, 6), st.sampled_from([-0.4, 0.4]))
def test_nunca_ganan_call_y_put_a_la_vez(precios: list[int], duracion: int, crudo: float) -> None:
    flotantes = [float(p) for p in precios]
    una, _ = liquidar(crudo, flotantes, duracion)
    otra, _ = liquidar(-crudo, flotantes, duracion)
    recorrido = flotantes[duracion] - flotantes[0]
    assert una == (recorrido * crudo > 0)
    assert not (una and otra)
    assert (una or otra) == (recorrido != 0)


def test_contrato_por_tiempo_sale_en_el_ultimo_tick_no_posterior_al_vencimiento() -> None:
    etiqueta = EtiquetaVirtual(15, "s")
    etiqueta.abrir(100_000, 0.5, 0.52)
    for segundo, precio in [(102, 10.0), (110, 9.0), (115, 10.5)]:
        assert etiqueta.avanzar(segundo * 1000, precio) is None
    madura = etiqueta.avanzar(117_000, 1.0)
    assert madura is not None
    assert (madura.acierto, madura.fuerza, madura.prevista) == (True, 0.5, 0.52)


def test_por_tiempo_sin_ticks_no_hay_contrato() -> None:
    etiqueta = EtiquetaVirtual(15, "s")
    etiqueta.abrir(100_000, 0.5, 0.5)
    assert etiqueta.avanzar(130_000, 10.0) is None
    assert not etiqueta.abierta


def test_anulada_no_madura() -> None:
    etiqueta = EtiquetaVirtual(1, "t")
    etiqueta.abrir(0, 0.5, 0.5)
    etiqueta.anular()
    assert [etiqueta.avanzar(i, 10.0 + i) for i in range(5)] == [None] * 5
