"""Los cálculos que la especificación 000 da escritos: mismas fórmulas, mismas cifras."""

from decimal import Decimal

import pytest

from core.meta_dinamica import ReglaDinamica, Suceso, asentar, monto, nueva_tanda

pytestmark = pytest.mark.rapido
REGLA = ReglaDinamica()
BALANCES = [Decimal(texto) for texto in ("1000", "9850.75", "123456.78", "70.01")]


@pytest.mark.parametrize("balance", BALANCES)
def test_trade_amount_meta_y_stop_loss(balance: Decimal) -> None:
    tanda = nueva_tanda(1, balance)
    # La sede no admite fracciones de centavo: se pide lo mismo sin ellas.
    assert monto(balance, REGLA, 10, Decimal("0.35")) == balance * Decimal("0.005")
    assert tanda.meta(REGLA) == balance * Decimal("0.01")
    assert tanda.stop_loss(REGLA) == balance * Decimal("0.01")


@pytest.mark.parametrize("balance", BALANCES)
def test_al_alcanzar_la_meta_las_tres_cifras_salen_del_balance_nuevo(balance: Decimal) -> None:
    ganancia = balance * Decimal("0.0123")
    tanda, suceso = asentar(nueva_tanda(1, balance), balance + ganancia, REGLA)
    nuevo = balance + ganancia
    assert (suceso, tanda.balance, tanda.metas) == (Suceso.META, nuevo, 1)
    assert tanda.meta(REGLA) == tanda.stop_loss(REGLA) == nuevo * Decimal("0.01")
    assert monto(tanda.balance, REGLA, 10, Decimal("0.35")) == nuevo * Decimal("0.005")


@pytest.mark.parametrize("balance", BALANCES)
def test_la_perdida_acumulada_que_llega_al_stop_pausa_y_un_centavo_menos_no(balance: Decimal) -> None:
    tanda = nueva_tanda(1, balance)
    stop_loss = balance * Decimal("0.01")
    justa = balance - stop_loss
    detenida, suceso = asentar(tanda, justa, REGLA)
    assert (suceso, detenida.perdida_acumulada) == (Suceso.STOP, stop_loss)
    assert asentar(tanda, justa + Decimal("0.01"), REGLA)[1] is Suceso.NADA
