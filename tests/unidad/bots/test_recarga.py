"""Reconfigurar: acaba el contrato, recarga y sigue en el mismo proceso, sin olvidar un alto ni alargar el tiempo."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bots import ejecucion
from core.configuracion import ConfigBot
from dominio.reloj import RelojManual

pytestmark = pytest.mark.rapido
PRIMERA = ConfigBot(nombre="uno", familia="deriv_dinamico", activos=("R_10",))
SEGUNDA = PRIMERA.model_copy(update={"activos": ("R_25",)})


class FrenoFalso:
    def __init__(self) -> None:
        self.con_senal = False

    def detener(self) -> None:
        self.con_senal = True


def _correr(monkeypatch: pytest.MonkeyPatch, pedidos: list[str], *, senal_en: int = -1, segundos: float | None = None):
    """Devuelve (activos y segundos de cada vida, señal con que empezó cada una)."""
    reloj = RelojManual()
    mandos: Any = SimpleNamespace(pedido="", nueva=None)
    vidas: list[tuple[tuple[str, ...], float | None]] = []
    senales: list[bool] = []

    async def operar(
        config: ConfigBot, conexion: Any, _piezas: Any, *, segundos: float | None, al_montar: Any, **_: Any
    ):
        assert conexion == config.activos
        montado = SimpleNamespace(freno=FrenoFalso())
        al_montar(montado)
        vidas.append((config.activos, segundos))
        senales.append(montado.freno.con_senal)
        if len(vidas) - 1 == senal_en:
            montado.freno.detener()
        reloj.avanzar(10)
        mandos.pedido, mandos.nueva = pedidos[len(vidas) - 1], SEGUNDA
        return montado

    monkeypatch.setattr(ejecucion, "operar", operar)
    asyncio.run(
        ejecucion.operar_y_obedecer(
            PRIMERA, lambda config: config.activos, SimpleNamespace(reloj=reloj), mandos, segundos=segundos
        )
    )
    return vidas, senales


def test_recarga_con_lo_nuevo_y_acaba_cuando_se_le_pide(monkeypatch: pytest.MonkeyPatch) -> None:
    vidas, _ = _correr(monkeypatch, ["reconfigurar", "reconfigurar", "parar"], segundos=60.0)
    assert vidas == [(("R_10",), 60.0), (("R_25",), 50.0), (("R_25",), 40.0)]


@pytest.mark.parametrize("pedido", ["", "salir", "parar"])
def test_sin_pedir_recargar_no_empieza_otra_vida(monkeypatch: pytest.MonkeyPatch, pedido: str) -> None:
    assert len(_correr(monkeypatch, [pedido])[0]) == 1


def test_el_alto_por_senal_sobrevive_a_la_recarga(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _correr(monkeypatch, ["reconfigurar", "reconfigurar", ""], senal_en=0)[1] == [False, True, True]
