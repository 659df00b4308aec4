"""Medidor, minigráfico, curva, mapa de calor, esperanza y contrato: lo que las páginas pintan sale bien calculado."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.meta_dinamica import ReglaDinamica
from dashboard.presentacion import calor
from dashboard.presentacion.curva import Punto, curva
from dashboard.presentacion.esperanza import esperanza
from dashboard.presentacion.medidor import medidor
from dashboard.presentacion.minigrafico import ALTO, ANCHO, minigrafico
from dashboard.presentacion.tarjeta import contrato, marcha

pytestmark = pytest.mark.rapido
CERO_H = datetime(2026, 3, 10, tzinfo=UTC)


def _balances(**cambios: str) -> dict[str, Any]:
    base = {"nivel_stop": "9900", "objetivo": "10100", "balance": "10050", "base": "10000", "pico": "10050"}
    return {clave: Decimal(valor) for clave, valor in (base | cambios).items()}


def test_el_medidor_va_del_stop_a_la_meta() -> None:
    medido = medidor(_balances())
    assert medido is not None
    assert (medido.balance, medido.base, medido.pico) == (75.0, 50.0, 75.0)
    assert (medido.al_stop, medido.a_la_meta) == (Decimal(150), Decimal(50))


def test_por_debajo_del_stop_el_medidor_se_queda_en_cero() -> None:
    medido = medidor(_balances(balance="9850"))
    assert medido is not None
    assert (medido.balance, medido.al_stop) == (0.0, Decimal(0))


def test_sin_distancia_no_hay_medidor() -> None:
    assert medidor(_balances(objetivo="9900")) is None


def test_el_minigrafico_cabe_en_su_caja_y_sube_cuando_sube() -> None:
    dibujo = minigrafico([Decimal(1), Decimal(3), Decimal(2)])
    assert dibujo is not None
    pares = [tuple(map(float, par.split(","))) for par in dibujo.puntos.split()]
    assert all(0 <= x <= ANCHO and 0 <= y <= ALTO for x, y in pares)
    assert pares[1][1] < pares[2][1] < pares[0][1]
    assert minigrafico([Decimal(1)]) is None


def test_un_balance_quieto_es_una_raya() -> None:
    dibujo = minigrafico([Decimal(5)] * 3)
    assert dibujo is not None and {par.split(",")[1] for par in dibujo.puntos.split()} == {str(ALTO / 2)}


def _puntos(*balances: str, ajenos: tuple[int, ...] = ()) -> list[Punto]:
    return [Punto(CERO_H + timedelta(minutes=i), Decimal(b), i in ajenos) for i, b in enumerate(balances)]


def test_el_stop_de_la_curva_sube_con_el_pico_y_la_meta_se_recalcula() -> None:
    trazada = curva(_puntos("10000", "10050", "10020", "10110"), [], ReglaDinamica(), desde_el_principio=True)
    assert trazada.stop == [9900.0, 9949.5, 9949.5, 10008.9]
    assert trazada.meta == [10100.0, 10100.0, 10100.0, 10211.1]


def test_una_tanda_nueva_empieza_en_el_balance_que_habia() -> None:
    comienzo = CERO_H + timedelta(minutes=1, seconds=30)
    trazada = curva(_puntos("10000", "9850", "9900"), [comienzo], ReglaDinamica(), desde_el_principio=True)
    assert trazada.stop == [9900.0, 9900.0, 9801.0]
    assert trazada.meta[2] == 9948.5


def test_un_movimiento_ajeno_escala_los_niveles() -> None:
    trazada = curva(_puntos("10000", "20000", ajenos=(1,)), [], ReglaDinamica(), desde_el_principio=True)
    assert trazada.stop == [9900.0, 19800.0]


def test_a_mitad_de_tanda_no_se_inventan_niveles() -> None:
    trazada = curva(_puntos("10000", "10050"), [], ReglaDinamica(), desde_el_principio=False)
    assert trazada.stop == [None, None]
    assert curva([], [], ReglaDinamica(), desde_el_principio=True).en == []


class _Celda(msgspec.Struct):
    dia: int
    hora: int
    entradas: int = 0
    aciertos: int = 0
    tasa_pct: float | None = None


def test_el_calor_mide_la_distancia_al_equilibrio() -> None:
    assert calor.clase(None, 51.3) == "calor-nada"
    assert [calor.clase(51.3 + d, 51.3) for d in (-20, -10, -3, 0, 3, 10, 20)] == [
        "calor-n3", "calor-n2", "calor-n1", "calor-0", "calor-p1", "calor-p2", "calor-p3",
    ]  # fmt: skip


def test_el_mapa_tiene_veinticuatro_filas_de_siete_dias() -> None:
    celdas = [_Celda(dia, hora) for dia in range(7) for hora in range(24)]
    celdas[3 * 24 + 5] = _Celda(3, 5, 10, 9, 90.0)
    filas = calor.filas(celdas, 51.3, 20)
    assert [len(fila.celdas) for fila in filas] == [7] * 24
    llena = filas[5].celdas[3]
    assert (llena.clase, llena.pocas, llena.entradas) == ("calor-p3", True, 10)


def test_la_esperanza_es_confianza_por_pago_menos_uno() -> None:
    dato = esperanza([(49.9, Decimal(50), Decimal("97.5")), (None, Decimal(50), Decimal("97.5"))])
    assert dato is not None and dato.operaciones == 1
    assert dato.equilibrio_pct == pytest.approx(51.282, abs=1e-3)
    assert dato.esperado_pct == pytest.approx(-2.695)
    assert esperanza([(49.9, Decimal(50), None)]) is None


@pytest.mark.parametrize(
    ("entrada", "actual", "direccion", "dicho"),
    [
        ("10", "11", "CALL", "ganando"),
        ("10", "9", "CALL", "perdiendo"),
        ("10", "9", "PUT", "ganando"),
        ("10", "10", "CALL", "empate"),
        ("10", None, "CALL", ""),
    ],
)
def test_la_marcha_del_contrato(entrada: str, actual: str | None, direccion: str, dicho: str) -> None:
    assert marcha(entrada, actual, direccion) == dicho


def _leida(latido: dict[str, Any] | None, abiertas: list[dict[str, Any]]) -> dict[str, Any]:
    return {"latido": latido, "abiertas": abiertas}


VIVO = {"referencia": "7", "direccion": "CALL", "precio_entrada": "10", "precio_actual": "11", "activo": "R_100"}
ABIERTA = {"numero_contrato": "7", "direccion": "CALL", "activo": "R_100", "precio_entrada": Decimal(10)}


def test_el_contrato_junta_historial_y_latido() -> None:
    visto = contrato(_leida({"vivo": True, "contrato": VIVO}, [ABIERTA]))
    assert visto is not None
    assert (visto["referencia"], visto["marcha"], visto["precio_actual"]) == ("7", "ganando", "11")


def test_un_latido_viejo_o_de_otro_contrato_no_dice_como_va() -> None:
    viejo = contrato(_leida({"vivo": False, "contrato": VIVO}, [ABIERTA]))
    otro = contrato(_leida({"vivo": True, "contrato": VIVO | {"referencia": "8"}}, [ABIERTA]))
    assert viejo is not None and otro is not None
    assert viejo["marcha"] == otro["marcha"] == ""
    assert contrato(_leida({"vivo": False, "contrato": VIVO}, [])) is None
