"""Lo que no puede quedar a medias: un corte que aún entrega, una gemela que no se ve y una tarea que muere callada."""

import asyncio
import logging
import socket
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from integracion_deriv import codec
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.conexion import abortar
from simulacion.bucles import correr
from tests.unidad.integracion_deriv.sede_falsa import SedeFalsa, con_sede
from tests.unidad.integracion_deriv.test_deriv_lector import ROTA, Guion, buscar, fila_cartera, fila_extracto

pytestmark = pytest.mark.rapido
GRANDE = b"x" * 8_000_000  # más de lo que cabe en los búferes del sistema


def test_lo_que_no_habia_salido_al_cortar_ya_no_sale() -> None:
    async def prueba() -> tuple[int, bool]:
        recibido: asyncio.Future[tuple[int, bool]] = asyncio.get_running_loop().create_future()
        cortado = asyncio.Event()

        async def servir(lector: asyncio.StreamReader, escritor: asyncio.StreamWriter) -> None:
            await cortado.wait()  # una red atascada: hasta el corte no se lee nada
            total, roto = 0, False
            try:
                while trozo := await lector.read(1 << 20):
                    total += len(trozo)
            except ConnectionResetError:
                roto = True
            recibido.set_result((total, roto))
            with suppress(OSError):
                escritor.close()

        servidor = await asyncio.start_server(servir, "127.0.0.1", 0)
        _, escritor = await asyncio.open_connection(*servidor.sockets[0].getsockname(), family=socket.AF_INET)
        escritor.write(GRANDE)
        await asyncio.sleep(0.1)
        abortar(escritor.transport)
        await asyncio.sleep(0.1)
        cortado.set()
        fin = await recibido
        servidor.close()
        return fin

    total, roto = correr(prueba(), virtual=False)
    assert roto
    assert total < len(GRANDE)


@pytest.mark.parametrize("extracto", [ROTA, "raro", None])
def test_sin_extracto_no_se_sabe_si_la_hallada_tiene_gemela(extracto: object) -> None:
    busqueda = buscar(Guion(portfolio=[fila_cartera()], statement=extracto))
    assert (busqueda.coincidencias, busqueda.limpia) == ((), False)


def test_con_el_extracto_basta_aunque_otra_lectura_falle() -> None:
    busqueda = buscar(Guion(statement=[fila_extracto()], portfolio=ROTA, balance=990))
    assert len(busqueda.coincidencias) == 1
    assert not busqueda.limpia


def test_una_tarea_que_muere_deja_escrito_por_que(caplog: pytest.LogCaptureFixture) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        async def morir() -> None:
            raise KeyError("fallo nuestro")

        cliente.lanzar(morir())
        await asyncio.sleep(0.1)

    with caplog.at_level(logging.ERROR):
        con_sede(guion)
    assert [r.exc_info[0] for r in caplog.records if r.exc_info] == [KeyError]


@pytest.mark.parametrize("ruido", [Decimal("0.000000000000002"), Decimal("-0.000000000001"), Decimal(0)])
def test_el_ruido_de_la_coma_flotante_no_llega_al_libro(ruido: Decimal) -> None:
    """Con ruido, la fila no se podría guardar exacta y el bot no volvería a cuadrar nunca."""
    fila = fila_extracto(amount=-10 + ruido, balance_after=Decimal("9999.65") + ruido)
    movimiento = codec.a_movimiento(fila)
    assert movimiento is not None
    assert (str(movimiento.importe), str(movimiento.balance_despues)) == ("-10", "9999.65")
    saldo = codec.a_saldo({"balance": Decimal("9999.65") + ruido})
    assert saldo is not None and saldo.balance == Decimal("9999.65")


def test_un_importe_imposible_no_es_un_importe() -> None:
    assert codec.dinero("1e300") is None
    assert codec.dinero("0.12345678") == Decimal("0.12345678")
