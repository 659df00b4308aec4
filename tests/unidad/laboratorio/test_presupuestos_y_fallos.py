"""Ventanas de presupuesto e interruptores: lo que no depende de la red."""

import pytest

from dominio.azar import AzarSemilla
from laboratorio.deriv.presupuestos import GRUPOS_NUEVA, LIMITES_NUEVA, Presupuestos
from laboratorio.deriv.respuestas import barajar, numero, uuid
from laboratorio.fallos import Interruptores

pytestmark = pytest.mark.rapido


def test_la_ventana_se_desliza_y_lo_rechazado_no_gasta() -> None:
    presupuestos = Presupuestos(GRUPOS_NUEVA, LIMITES_NUEVA)
    assert [presupuestos.gastar("a", "portfolio", float(n)) for n in range(40)] == [True] * 30 + [False] * 10
    assert presupuestos.gastar("b", "portfolio", 40.0)
    assert not presupuestos.gastar("a", "profit_table", 59.9)
    assert presupuestos.gastar("a", "profit_table", 60.1)


def test_el_limite_de_la_hora() -> None:
    presupuestos = Presupuestos(GRUPOS_NUEVA, LIMITES_NUEVA)
    caben = sum(presupuestos.gastar("a", "portfolio", n * 2.0) for n in range(1800))
    assert caben == 1500


def test_armar_tomar_devolver_y_contar() -> None:
    fallos = Interruptores(("a", "b"), AzarSemilla(1))
    fallos.programar("a", 2, x=1)
    primero = fallos.tomar("a")
    assert primero == {"x": 1}
    fallos.devolver("a", primero)
    assert fallos.cuentas == {"a": 0, "b": 0}
    assert fallos.tomar("a")
    assert fallos.tomar("a")
    assert fallos.tomar("a") is None
    fallos.anotar("b")
    assert fallos.cuentas["b"] == 1


def test_el_sorteo_es_por_contrato_con_su_probabilidad_y_no_acumula() -> None:
    fallos = Interruptores(("a", "b"), AzarSemilla(1), ("a",))
    fallos.sorteo_por_contrato(p=1.0)
    fallos.sortear()
    assert fallos.tomar("a") == {}
    assert not fallos.armado("a")
    assert not fallos.armado("b")
    fallos.sorteo_por_contrato(p=0.04, azar=AzarSemilla(2))
    veces = 0
    for _ in range(5000):
        veces += fallos.tomar("a") is not None
        fallos.sortear()
    assert 150 < veces < 250


def test_numeros_sin_ceros_de_mas() -> None:
    assert [str(numero(n)) for n in (10.0, 18.5, 0.0, 9999.95)] == ["10", "18.5", "0", "9999.95"]


def test_barajar_no_pierde_nada_y_los_uuid_no_se_repiten() -> None:
    azar = AzarSemilla(3)
    assert sorted(barajar(azar, list(range(9)))) == list(range(9))
    assert len({barajar(azar, [1, 2, 3])[0] for _ in range(50)}) == 3
    ids = {uuid(azar) for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(uno) for uno in ids} == {36}
