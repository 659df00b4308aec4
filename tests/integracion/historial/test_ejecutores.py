"""Dónde se ejecuta lo de la base: en línea con la conexión del hilo, o en un hilo propio y en orden."""

import asyncio
import threading
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, connection

from historial.ejecutores import EnLinea, HiloEscritor, en_el_acto
from historial.models import Configuracion

pytestmark = pytest.mark.django_db(transaction=True)


def hilo_y_conexion() -> tuple[str, int]:
    Configuracion.objects.count()
    return threading.current_thread().name, id(connection.connection)


def test_en_linea_todas_las_tareas_comparten_la_conexion_del_hilo() -> None:
    ejecutor = EnLinea()

    async def varias() -> list[Any]:
        return await asyncio.gather(*(asyncio.create_task(ejecutor(hilo_y_conexion)) for _ in range(5)))

    assert set(asyncio.run(varias())) == {hilo_y_conexion()}


def test_en_linea_no_abre_la_puerta_a_consultas_fuera_del_ejecutor() -> None:
    ejecutor = EnLinea()

    async def descuido() -> None:
        await ejecutor(Configuracion.objects.count)
        with pytest.raises(ZeroDivisionError):
            await ejecutor(lambda: 1 / 0)
        assert asyncio.get_running_loop()
        Configuracion.objects.count()

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(descuido())


def test_el_hilo_escritor_ejecuta_en_orden_y_en_un_solo_hilo() -> None:
    vistos: list[int] = []

    async def pedir(escritor: HiloEscritor) -> set[str]:
        esperas = [asyncio.ensure_future(escritor(vistos.append, n)) for n in range(200)]
        hilos = {(await escritor(hilo_y_conexion))[0] for _ in range(3)}
        await asyncio.gather(*esperas)
        return hilos

    with HiloEscritor("prueba") as escritor:
        hilos = asyncio.run(pedir(escritor))
    assert vistos == list(range(200))
    assert len(hilos) == 1
    assert hilos != {threading.current_thread().name}


def test_un_error_llega_a_quien_lo_pidio_y_el_hilo_sigue() -> None:
    async def pedir(escritor: HiloEscritor) -> int:
        with pytest.raises(ZeroDivisionError):
            await escritor(lambda: 1 / 0)
        return await escritor(Configuracion.objects.count)

    with HiloEscritor() as escritor:
        assert asyncio.run(pedir(escritor)) == 4


def test_cerrar_espera_a_lo_pedido_cierra_la_conexion_y_se_puede_repetir() -> None:
    paso, hechos = threading.Event(), []
    conexiones: list[Any] = []

    def lenta() -> None:
        paso.wait(5)
        Configuracion.objects.count()
        conexiones.append(connection)
        hechos.append(1)

    async def pedir(escritor: HiloEscritor) -> None:
        espera = asyncio.ensure_future(escritor(lenta))
        await asyncio.sleep(0)
        espera.cancel()  # dejar de esperar no deshace lo empezado
        paso.set()

    escritor = HiloEscritor()
    asyncio.run(pedir(escritor))
    escritor.cerrar()
    escritor.cerrar()
    assert hechos == [1]
    assert len({id(conexion) for conexion in conexiones}) == 1
    with pytest.raises(RuntimeError):
        asyncio.run(escritor(hilo_y_conexion))


def test_si_la_base_corta_la_conexion_la_siguiente_orden_abre_otra() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite no tiene servidor que corte")

    def quien_soy() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def cortar(pid: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    async def pedir(escritor: HiloEscritor) -> tuple[int, int]:
        antes = await escritor(quien_soy)
        en_el_acto(cortar, antes)
        with pytest.raises(DatabaseError):
            await escritor(quien_soy)
        return antes, await escritor(quien_soy)

    with HiloEscritor() as escritor:
        antes, despues = asyncio.run(pedir(escritor))
    assert antes != despues
