"""El supervisor: reinicia lo que muere, con espera creciente, y no lo que terminó o está mal configurado."""

import asyncio

import pytest

from bots.supervisor import Supervisor
from dominio.reloj import RelojSistema
from simulacion.bucles import correr

pytestmark = pytest.mark.rapido


class ProcesoFalso:
    """Un proceso que acaba con la salida que se le da, o cuando se le pide terminar."""

    def __init__(self, salida: int | None) -> None:
        self._salida = salida
        self._fin = asyncio.Event()

    async def wait(self) -> int:
        if self._salida is None:
            await self._fin.wait()
            return 0
        return self._salida

    def terminate(self) -> None:
        self._fin.set()


def _supervisar(salidas: list[int | None], parar_en_s: float | None = None):
    sucesos: list[tuple[str, float]] = []

    async def escena() -> dict[str, int]:
        pendientes = iter(salidas)

        async def lanzar(_bot: str) -> ProcesoFalso:
            return ProcesoFalso(next(pendientes))

        supervisor = Supervisor(
            lanzar=lanzar, reloj=RelojSistema(), al_suceso=lambda suceso: sucesos.append((suceso.que, suceso.detalle))
        )
        if parar_en_s is not None:
            asyncio.get_running_loop().call_later(parar_en_s, supervisor.parar)
        return await supervisor.correr(("b",))

    return correr(escena()), sucesos


def test_reinicia_lo_que_muere_con_espera_creciente():
    salidas, sucesos = _supervisar([137, 137, 1, 0])
    assert salidas == {"b": 0}
    assert [detalle for que, detalle in sucesos if que == "espera"] == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("final", [0, 2])
def test_no_reinicia_lo_que_acabo_o_esta_mal_configurado(final):
    salidas, sucesos = _supervisar([final])
    assert salidas == {"b": final}
    assert [que for que, _ in sucesos] == ["arranca", "acaba"]


def test_parar_termina_a_los_vivos_y_no_los_reinicia():
    salidas, sucesos = _supervisar([None], parar_en_s=30.0)
    assert salidas == {"b": 0}
    assert [que for que, _ in sucesos] == ["arranca", "acaba"]
