"""De una liquidación a ganada, perdida o nula."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.errores import ErrorDetener
from dominio.posiciones import Liquidacion, Resultado
from trading.evaluacion import evaluar

pytestmark = pytest.mark.rapido
importes = st.decimals(min_value=0, max_value=1000, places=2)


def _liquidacion(cobrado: Decimal, prima: Decimal, resultado: Resultado) -> Liquidacion:
    return Liquidacion(
        referencia="1",
        resultado=resultado,
        beneficio=cobrado - prima,
        cobrado=cobrado,
        hora=datetime(2026, 1, 1, tzinfo=UTC),
    )


@given(importes, importes, st.sampled_from(Resultado))
def test_manda_el_dinero_y_no_la_palabra(cobrado, prima, dicho):
    resultado = evaluar(_liquidacion(cobrado, prima, dicho), prima).resultado
    esperado = Resultado.GANADA if cobrado > prima else Resultado.PERDIDA if cobrado < prima else Resultado.NULA
    assert resultado is esperado


def test_un_beneficio_que_no_cuadra_con_lo_pagado_detiene():
    with pytest.raises(ErrorDetener) as fallo:
        evaluar(_liquidacion(Decimal("19.5"), Decimal(10), Resultado.GANADA), Decimal(11))
    assert fallo.value.codigo == "EVA-01"


def test_una_anulada_que_se_perdio_de_vista_no_detiene():
    nula = _liquidacion(Decimal(0), Decimal(0), Resultado.NULA)
    assert evaluar(nula, Decimal(10)).resultado is Resultado.NULA
