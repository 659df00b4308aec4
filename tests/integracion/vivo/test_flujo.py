"""Lo que recibe un cliente: filtros, latidos, huecos, el lento que se corta y reanuda, y la salida del servidor."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from django.conf import settings
from django.db import connection

from dashboard.vivo.concentrador import Concentrador
from dashboard.vivo.flujo import Flujo, Pedido
from dashboard.vivo.mensajes import escribir_id, leer_id
from dashboard.vivo.pistas import PistaSondeo
from dashboard.vivo.vigia import Vigia
from dominio.freno import Freno
from dominio.reloj import RelojSistema
from historial.ejecutores import HiloEscritor
from historial.models import Evento
from historial.selectors import Cursor, ultimo_cursor
from historial.services import conexion, fijar_configuracion, fijar_freno, publicar_evento
from historial.services.vivo import latir
from tests.integracion.vivo.lector import Lector, Visto, con_plazo, sesion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
RELOJ = RelojSistema()
AHORA = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _publicar(flujo: str, n: int = 0, tipo: str = "prueba") -> None:
    publicar_evento(flujo, tipo, {"n": n}, ahora=RELOJ.ahora())


def _latir(bot: str, ciclo: str, en: datetime = AHORA) -> None:
    latir({"bot": bot, "sede": "deriv", "cuenta": "C1"}, "prueba", {"ciclo": ciclo}, (), ahora=en)


def _visto_por(servidor: Any, cabeceras: dict[str, str], consulta: str, escribir: Callable[[], None]) -> list[Visto]:
    """Devuelve lo que recibe un cliente desde que se suscribe hasta el evento «ultimo»."""

    async def escena() -> list[Visto]:
        lector = Lector(servidor.url, cabeceras, consulta)

        def hacer() -> None:
            escribir()
            _publicar("freno", tipo="ultimo")
            conexion.cerrar()

        async with sesion() as cliente:
            tarea = asyncio.create_task(lector.conectar(cliente, lambda visto: visto.tipo == "ultimo"))
            while not lector.ultimo and not tarea.done():
                await asyncio.sleep(0.01)
            await asyncio.get_running_loop().run_in_executor(None, hacer)
            await con_plazo(tarea)
        return lector.vistos

    return asyncio.run(escena())


def test_el_filtro_deja_lo_del_bot_y_lo_que_es_de_todos(servidor: Any, cabeceras: dict[str, str]) -> None:
    def escribir() -> None:
        _publicar("uno", 1)
        _publicar("otro", 2)
        _latir("uno", "OPERANDO")
        _latir("otro", "OPERANDO")
        fijar_freno("bot", "otro", Freno.DETENIDO, "", "ana", ahora=AHORA)
        fijar_freno("bot", "uno", Freno.DETENIDO, "", "ana", ahora=AHORA)
        fijar_freno("global", "", Freno.DETENIDO, "", "ana", ahora=AHORA)
        fijar_configuracion("bot.otro", "{}", "ana", ahora=AHORA)
        fijar_configuracion("horario_fin", "14:00", "ana", ahora=AHORA)

    vistos = _visto_por(servidor, cabeceras, "?bot=uno", escribir)
    assert [visto.datos["flujo"] for visto in vistos if visto.tipo == "prueba"] == ["uno"]
    assert [visto.datos["datos"]["clave"] for visto in vistos if visto.tipo == "freno"] == ["uno", ""]
    assert [visto.datos["datos"]["clave"] for visto in vistos if visto.tipo == "configuracion"] == ["horario_fin"]
    assert {visto.datos["flujo"] for visto in vistos if visto.tipo == "latido"} == {"uno"}


def test_el_latido_va_sin_id_y_al_llegar_se_recibe_el_ultimo(servidor: Any, cabeceras: dict[str, str]) -> None:
    _latir("uno", "PAUSADO")
    despues = AHORA.replace(second=2)
    vistos = _visto_por(servidor, cabeceras, "", lambda: _latir("uno", "OPERANDO", despues))
    latidos = [visto for visto in vistos if visto.tipo == "latido"]
    assert {visto.id for visto in latidos} == {""}
    assert latidos[-1].datos["datos"] == {"ciclo": "OPERANDO", "sede": "deriv", "cuenta": "C1"}
    assert set(latidos[0].datos) == {"flujo", "tipo", "datos", "en"}


def test_reanudar_desde_el_principio_repite_todo_en_orden(servidor: Any, cabeceras: dict[str, str]) -> None:
    for n in range(450):  # más de dos páginas de repaso
        _publicar("uno", n)
    vistos = _visto_por(servidor, cabeceras, "?desde=0-0", lambda: _publicar("uno", 450))
    assert [visto.datos["datos"]["n"] for visto in vistos if visto.tipo == "prueba"] == list(range(451))


def _cursor_visible(pk: int) -> Cursor:
    """Devuelve el cursor cuando ya se puede leer en orden: en PostgreSQL espera a las transacciones de otros."""
    limite = time.monotonic() + 60
    while (cursor := ultimo_cursor()).id < pk:
        assert time.monotonic() < limite
        threading.Event().wait(0.02)
    return cursor


@pytest.mark.parametrize("desde", ["borrado", "inventado"])
def test_si_falta_algo_que_reponer_se_pide_recargar(servidor: Any, cabeceras: dict[str, str], desde: str) -> None:
    primeros = [_publicar("uno", n) or Evento.objects.latest("pk").pk for n in (1, 2)]
    cursor = _cursor_visible(primeros[1])
    borrado = Cursor(cursor.tx and cursor.tx - 1, primeros[0])
    Evento.objects.filter(pk=primeros[0]).delete()
    inventado = Cursor(cursor.tx and cursor.tx + 10**6, cursor.id + 10**6)
    pedido, esperados = (borrado, [2, 3]) if desde == "borrado" else (inventado, [3])
    vistos = _visto_por(servidor, cabeceras, f"?desde={escribir_id(pedido)}", lambda: _publicar("uno", 3))
    assert vistos[0].tipo == "recargar"
    assert [visto.datos["datos"]["n"] for visto in vistos if visto.tipo == "prueba"] == esperados


def test_un_cliente_lento_se_corta_y_al_reanudar_no_ha_perdido_nada(transactional_db: None) -> None:
    """Con la cola llena se acaba el flujo sin adelantar el cursor; los demás no lo notan."""
    recibidos: list[bytes] = []

    async def flujo(central: Concentrador, desde: Cursor | None) -> Any:
        pedido = Pedido("lenta", desde=desde)
        return Flujo(central, pedido, vigente=lambda: True, reloj=RELOJ).trozos()

    async def escena() -> str:
        central, escritor = Concentrador(caben=5), HiloEscritor()
        lenta = await flujo(central, None)
        for _ in ("saludo", "marca"):
            await con_plazo(anext(lenta), 20)
        primero = asyncio.create_task(anext(lenta))
        await asyncio.sleep(0)
        await escritor(_publicar, "uno", 0)
        recibidos.append(await con_plazo(primero, 20))
        suscripcion = next(iter(central._suscritos))
        for n in range(1, 40):
            await escritor(_publicar, "uno", n)
        while not suscripcion.fin:
            await asyncio.sleep(0.01)
        recibidos.extend([trozo async for trozo in lenta])
        motivo = recibidos.pop().decode()
        ultimo = leer_id(b"".join(recibidos).decode().rpartition("id: ")[2].partition("\n")[0])
        central.cerrar()
        await con_plazo(central._tarea, 10)
        central = Concentrador()
        otra = await flujo(central, ultimo)
        while b'"n":39' not in b"".join(recibidos):
            recibidos.append(await con_plazo(anext(otra), 20))
        await otra.aclose()
        central.cerrar()
        await con_plazo(central._tarea, 10)
        escritor.cerrar()
        return motivo

    motivo = asyncio.run(escena())
    assert "event: fin" in motivo and '"lento"' in motivo
    numeros = [int(parte.partition("}")[0]) for parte in b"".join(recibidos).decode().split('"n":')[1:]]
    assert numeros == list(range(40))


def test_sin_pista_se_sondea_y_llega_igual(transactional_db: None) -> None:
    leidos: list[Any] = []

    def seguir() -> None:
        vigia = Vigia(crear=PistaSondeo)
        vigia.empezar()
        listo.set()
        while len(leidos) < 3:
            leidos.extend(vigia.siguiente().mensajes)
        vigia.cerrar()

    listo = threading.Event()
    hilo = threading.Thread(target=seguir)
    hilo.start()
    assert listo.wait(10)
    for n in range(3):
        _publicar("uno", n)
    hilo.join(20)
    assert not hilo.is_alive() and len(leidos) == 3


def test_muchos_flujos_gastan_pocas_conexiones(servidor: Any, cabeceras: dict[str, str]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite no cuenta conexiones")

    async def escena() -> int:
        lectores = [Lector(servidor.url, cabeceras) for _ in range(25)]
        async with sesion() as cliente:
            tareas = [asyncio.create_task(uno.conectar(cliente, lambda _visto: False)) for uno in lectores]
            while not all(uno.ultimo for uno in lectores):
                await asyncio.sleep(0.02)
            abiertas = await asyncio.get_running_loop().run_in_executor(None, _conexiones)
            for tarea in tareas:
                tarea.cancel()
            await asyncio.gather(*tareas, return_exceptions=True)
        return abiertas

    assert asyncio.run(con_plazo(escena())) <= 6


def _conexiones() -> int:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return int(cursor.fetchone()[0])
    finally:
        conexion.cerrar()


def test_la_senal_de_salida_corta_los_flujos_en_el_acto(
    entorno_hijo: dict[str, str], cabeceras: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """uvicorn de verdad, como en producción: con flujos abiertos no espera su plazo de cortesía (30 s aquí)."""
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        puerto = enchufe.getsockname()[1]
    orden = ["-m", "uvicorn", "timonel.asgi:application", "--port", str(puerto), "--lifespan", "off"]
    proceso = subprocess.Popen(
        [sys.executable, *orden, "--timeout-graceful-shutdown", "30", "--log-level", "critical"],
        env=entorno_hijo | {"TIMONEL_CLAVE_SECRETA": settings.SECRET_KEY},  # la misma firma: la misma sesión
    )
    lector = Lector(f"http://127.0.0.1:{puerto}", cabeceras)

    async def escena() -> float:
        async with sesion() as cliente:
            while True:
                try:
                    await lector.hasta_saludo(cliente)
                    break
                except aiohttp.ClientConnectorError:
                    assert proceso.poll() is None
                    await asyncio.sleep(0.1)
            conexiones_antes = lector.conexiones
            tareas = [asyncio.create_task(lector.conectar(cliente, lambda _visto: False)) for _ in range(5)]
            while lector.conexiones < conexiones_antes + 5:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            inicio = time.monotonic()
            os.kill(proceso.pid, signal.SIGTERM)
            await con_plazo(asyncio.gather(*tareas))
            await asyncio.get_running_loop().run_in_executor(None, proceso.wait, 25)
            return time.monotonic() - inicio

    try:
        tardo_s = asyncio.run(con_plazo(escena(), 90))
    finally:
        proceso.kill()
        proceso.wait()
    with capsys.disabled():
        sys.stdout.write(f"\nsalida con cinco flujos abiertos: {tardo_s:.2f} s\n")
    assert [visto.datos["datos"]["motivo"] for visto in lector.vistos if visto.tipo == "fin"] == ["salida"] * 5
    assert tardo_s < 15
