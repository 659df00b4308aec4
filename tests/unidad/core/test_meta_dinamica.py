"""La regla de meta y stop dinámicos, con propiedades."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.meta_dinamica import ReglaDinamica, Suceso, asentar, monto, movimiento_ajeno, nueva_tanda

pytestmark = pytest.mark.rapido
REGLA = ReglaDinamica()
balances = st.decimals(min_value=Decimal("1"), max_value=Decimal("1000000"), places=2)
cambios = st.lists(st.decimals(min_value=Decimal("-0.02"), max_value=Decimal("0.02"), places=4), max_size=60)


@given(balances, cambios)
def test_el_stop_no_baja_y_la_meta_no_detiene(inicial, pasos):
    tanda = nueva_tanda(1, inicial)
    for paso in pasos:
        antes = tanda
        tanda, suceso = asentar(tanda, tanda.balance * (1 + paso), REGLA)
        assert tanda.nivel_stop(REGLA) >= antes.nivel_stop(REGLA)
        assert (suceso is Suceso.STOP) == (tanda.balance <= tanda.nivel_stop(REGLA))
        if suceso is Suceso.META:
            assert tanda.base == tanda.balance
            assert tanda.perdida_acumulada == 0
        if suceso is Suceso.STOP:
            break


@given(balances, st.decimals(min_value=Decimal("0.01"), max_value=Decimal("100"), places=3), cambios)
def test_un_movimiento_ajeno_escala_el_stop_por_su_factor_y_nada_mas(inicial, razon, pasos):
    tanda = nueva_tanda(1, inicial)
    for paso in pasos[:10]:
        tanda, _ = asentar(tanda, tanda.balance * (1 + paso / 10), REGLA)
    movida = movimiento_ajeno(tanda, tanda.balance * razon)
    esperado = tanda.nivel_stop(REGLA) * razon
    assert abs(movida.nivel_stop(REGLA) - esperado) <= abs(esperado) * Decimal("1e-20")
    assert movida.operaciones == tanda.operaciones
    assert movida.metas == tanda.metas
    assert movida.factor / tanda.factor - razon < Decimal("1e-20")


@given(balances, st.decimals(min_value=Decimal("0.01"), max_value=Decimal("50"), places=2))
def test_el_monto_no_pasa_del_medio_por_ciento(balance, minimo):
    cantidad = monto(balance, REGLA, 2, minimo)
    limite = balance * Decimal("0.005")
    if cantidad is None:
        assert limite < minimo + Decimal("0.01")
    else:
        assert minimo <= cantidad <= limite
        assert limite - cantidad < Decimal("0.01")


def test_dos_perdidas_seguidas_no_llegan_al_stop_y_la_tercera_si():
    tanda = nueva_tanda(1, Decimal("10000"))
    sucesos = []
    for _ in range(3):
        tanda, suceso = asentar(tanda, tanda.balance - monto(tanda.balance, REGLA, 2, Decimal("0.35")), REGLA)
        sucesos.append(suceso)
    assert sucesos == [Suceso.NADA, Suceso.NADA, Suceso.STOP]
    assert tanda.balance == Decimal("9850.75")


def test_la_meta_recalcula_la_base_y_el_bot_sigue():
    tanda, suceso = asentar(nueva_tanda(1, Decimal("1000")), Decimal("1010"), REGLA)
    assert suceso is Suceso.META
    assert (tanda.base, tanda.meta(REGLA), tanda.nivel_stop(REGLA)) == (1010, Decimal("10.10"), Decimal("999.90"))


def test_el_balance_justo_en_el_nivel_detiene():
    tanda, suceso = asentar(nueva_tanda(1, Decimal("1000")), Decimal("990.00"), REGLA)
    assert suceso is Suceso.STOP
    assert tanda.balance == tanda.nivel_stop(REGLA)
