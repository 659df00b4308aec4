"""El tiempo virtual salta, se detiene por los hilos, respeta la velocidad y avisa si ya no puede avanzar."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from dominio.errores import ErrorPermanente
from dominio.reloj import RelojEscalado
from simulacion.bucles import BASE_MS, BucleEscalado, RelojDeBucle, correr

pytestmark = pytest.mark.rapido


def test_un_dia_cabe_en_un_instante() -> None:
    async def principal() -> int:
        reloj = RelojDeBucle(asyncio.get_running_loop())
        await asyncio.sleep(86_400)
        return reloj.epoch_ms()

    antes = time.monotonic()
    assert correr(principal()) == BASE_MS + 86_400_000
    assert time.monotonic() - antes < 2


def test_los_temporizadores_despiertan_en_orden_y_a_su_milisegundo() -> None:
    async def principal() -> list[int]:
        reloj, horas = RelojDeBucle(asyncio.get_running_loop(), 0), []

        async def dormir(segundos: float) -> None:
            await asyncio.sleep(segundos)
            horas.append(reloj.epoch_ms())

        await asyncio.gather(*(dormir(n * 0.1) for n in range(50, 0, -1)))
        return horas

    assert correr(principal()) == [n * 100 for n in range(1, 51)]


def test_esperar_lo_que_nadie_hara_es_un_error_con_codigo() -> None:
    async def principal() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(ErrorPermanente) as fallo:
        correr(principal())
    assert fallo.value.codigo == "SIM-01"


def test_un_hilo_en_marcha_detiene_el_tiempo() -> None:
    async def principal() -> tuple[float, float]:
        bucle = asyncio.get_running_loop()
        testigo = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.to_thread(time.sleep, 0.15)
        tras_hilo = bucle.time()
        await testigo
        return tras_hilo, bucle.time()

    assert correr(principal()) == (0.0, 1000.0)


def test_con_velocidad_el_tiempo_no_corre_mas() -> None:
    async def principal() -> float:
        await asyncio.sleep(20)
        return asyncio.get_running_loop().time()

    antes = time.monotonic()
    assert correr(principal(), velocidad=100) == pytest.approx(20)
    assert time.monotonic() - antes >= 0.19


def test_con_velocidad_las_cuentas_no_gastan_tiempo() -> None:
    async def principal() -> float:
        time.sleep(0.1)
        return asyncio.get_running_loop().time()

    assert correr(principal(), velocidad=100) == 0.0


@pytest.mark.parametrize("mal", [0, -1])
def test_una_velocidad_imposible_se_rechaza(mal: float) -> None:
    async def principal() -> None:
        return None

    corrutina = principal()
    with pytest.raises(ErrorPermanente):
        correr(corrutina, velocidad=mal)
    corrutina.close()


def test_cliente_y_servidor_en_el_mismo_bucle_y_por_tcp() -> None:
    async def principal() -> tuple[Any, float]:
        async def eco(peticion: web.Request) -> web.WebSocketResponse:
            ws = web.WebSocketResponse()
            await ws.prepare(peticion)
            async for marco in ws:
                await asyncio.sleep(3600)
                await ws.send_str(marco.data)
            return ws

        app = web.Application()
        app.router.add_get("/", eco)
        corredor = web.AppRunner(app)
        await corredor.setup()
        await web.TCPSite(corredor, "127.0.0.1", 0).start()
        async with (
            aiohttp.ClientSession() as sesion,
            sesion.ws_connect(f"ws://127.0.0.1:{corredor.addresses[0][1]}/") as ws,
        ):
            for numero in range(50):
                await ws.send_str(str(numero))
                ultimo = (await ws.receive()).data
        await corredor.cleanup()
        return ultimo, asyncio.get_running_loop().time()

    ultimo, horas = correr(principal())
    assert ultimo == "49"
    assert horas == pytest.approx(50 * 3600, abs=60)


def test_el_bucle_escalado_acorta_las_esperas_y_va_con_su_reloj() -> None:
    async def principal() -> tuple[float, float]:
        bucle = asyncio.get_running_loop()
        assert isinstance(bucle, BucleEscalado)
        reloj = RelojEscalado(50, BASE_MS, time.time())
        antes = bucle.time()
        assert abs(reloj.monotonico() - antes) < 50 * 0.05
        await asyncio.sleep(5)
        return bucle.time() - antes, RelojDeBucle(bucle, BASE_MS).epoch_ms() - BASE_MS

    antes = time.monotonic()
    transcurrido, en_ms = correr(principal(), factor=50)
    assert 5 <= transcurrido < 50
    assert en_ms >= 5000
    assert time.monotonic() - antes < 1


def test_el_reloj_de_pared_se_puede_desajustar_sin_mover_los_plazos() -> None:
    async def principal() -> None:
        reloj = RelojDeBucle(asyncio.get_running_loop())
        reloj.desfase_ms = 3_600_000
        assert reloj.epoch_ms() == BASE_MS + 3_600_000
        assert reloj.monotonico() == 0.0

    correr(principal())
