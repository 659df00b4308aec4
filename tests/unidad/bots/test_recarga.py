"""Reconfigurar: acaba el contrato, recarga y sigue en el mismo proceso, sin olvidar un alto ni alargar el tiempo."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bots import ejecucion
from bots.mandos import Costuras, MandosDelBot
from bots.obediencia import Obediencia
from core.configuracion import ConfigBot
from dominio.reloj import RelojManual
from historial.ejecutores import EnLinea

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


class _BucleFalso:
    """Corre hasta que se le pide terminar; si nadie se lo pide, dice que siguió operando."""

    def __init__(self) -> None:
        self.fin = asyncio.Event()
        self.siguio = False

    def terminar(self) -> None:
        self.fin.set()

    async def correr(self) -> None:
        try:
            async with asyncio.timeout(0.2):
                await self.fin.wait()
        except TimeoutError:
            self.siguio = True


class _MontadoFalso:
    """Lo justo de un bot montado para que ``operar`` lo corra."""

    def __init__(self) -> None:
        self.bucle = _BucleFalso()
        self.freno = FrenoFalso()
        self.cliente = SimpleNamespace(terminado=self.siempre)
        self.aprendido = SimpleNamespace(guardar_siempre=self.siempre, guardar=self.nada)
        self.latidos = SimpleNamespace(siempre=self.siempre)

    async def siempre(self) -> None:
        await asyncio.Event().wait()

    async def nada(self) -> None:
        return

    cerrar = nada


@pytest.mark.parametrize("senal", ["SIGTERM", "SIGUSR1"])
def test_la_senal_que_llega_mientras_recarga_no_se_pierde(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, senal: str
) -> None:
    """Quien atiende las señales mientras se monta el segundo bot es todavía el primero: lo suyo pasa al segundo."""
    montados: list[_MontadoFalso] = []
    acabar: list[Any] = []

    async def montar(*_: Any) -> _MontadoFalso:
        if montados:  # recargando
            acabar[-1]() if senal == "SIGTERM" else montados[-1].freno.detener()
        montados.append(_MontadoFalso())
        return montados[-1]

    async def sin_anclas(*_: Any) -> None:
        return

    monkeypatch.setattr(ejecucion, "montar", montar)
    monkeypatch.setattr(ejecucion, "_escuchar", lambda _montado, terminar: acabar.append(terminar))
    monkeypatch.setattr(ejecucion, "anclar_siempre", sin_anclas)
    monkeypatch.setattr(ejecucion, "anclar_ahora", sin_anclas)
    costuras = Costuras(quien="prueba", datos=tmp_path, ejecutor=EnLinea(), reloj=RelojManual())
    mandos = MandosDelBot("uno", costuras, lambda: SEGUNDA)
    monkeypatch.setattr(Obediencia, "obedecer_siempre", _MontadoFalso.siempre)

    def al_montar(montado: Any) -> None:
        if montado is montados[0]:
            asyncio.get_running_loop().call_later(0.01, recargar)

    def recargar() -> None:
        mandos.pedido, mandos.nueva = "reconfigurar", SEGUNDA
        montados[0].bucle.terminar()

    piezas: Any = SimpleNamespace(reloj=costuras.reloj, datos=tmp_path, ejecutor=costuras.ejecutor)
    asyncio.run(ejecucion.operar_y_obedecer(PRIMERA, lambda _: None, piezas, mandos, al_montar=al_montar))  # type: ignore[arg-type,return-value]
    assert len(montados) == 2
    if senal == "SIGTERM":
        assert not montados[1].bucle.siguio
        assert mandos.pedido == "salir"
    else:
        assert montados[1].freno.con_senal
