"""R10 y R11: Redis muerto o vaciado, y el panel y Celery matados. Los bucles y el alto ni se enteran; la bandeja sale.

El bot corre entero contra la sede de laboratorio en tiempo virtual; Redis, Celery, el panel y la consola son los
programas de verdad.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dominio.azar import AzarSemilla
from dominio.freno import Freno
from dominio.reloj import RelojSistema
from historial.services.registro import publicar_evento
from laboratorio.twilio import LibroTwilio, ServidorTwilio, TwilioEnHilo
from notificaciones.models import Aviso
from tests.fallos.banco import BOT, Banco, en_banco
from tests.rutas import RAIZ
from tests.servicios.redis_privado import redis_privado
from timonel.ensayos.celery_propio import ProcesoCelery
from timonel.ensayos.redis_propio import RedisPropio
from timonel.horario import HORARIO
from timonel.trabajos import TrabajosEmbebidos

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

OPCIONES: dict[str, Any] = {"semilla": 4, "cambios": {"regla": {"stop_pct": "50"}}}
LIMITE_S = 90.0
DESTINO = "+15005550010"
AVISOS = tuple(periodico for periodico in HORARIO if periodico.nombre == "avisos")


@pytest.fixture
def servidor() -> Iterator[RedisPropio]:
    with redis_privado() as encendido:
        yield encendido


@pytest.fixture
def cuenta() -> Iterator[ServidorTwilio]:
    servidor = ServidorTwilio(LibroTwilio(RelojSistema(), AzarSemilla(1)), entrega_s=(0.0, 0.0, None), avisar=False)
    with TwilioEnHilo(servidor):
        yield servidor


def _suceso(n: int) -> None:
    datos = {"bot": "uno", "moneda": "USD", "entorno": "simulado", "balance": "1000", "tanda": n}
    publicar_evento("uno", "REACTIVADO", datos, ahora=RelojSistema().ahora())


def _esperar(condicion: Callable[[], object], que: str) -> None:
    limite = time.monotonic() + LIMITE_S
    while not condicion():
        assert time.monotonic() < limite, f"no se cumplió: {que} {list(Aviso.objects.values('estado', 'codigo_error'))}"
        time.sleep(0.05)


def _llegados(cuenta: ServidorTwilio) -> int:
    assert cuenta.libro.repetidos() == 0
    return len(cuenta.libro.llegados())


def test_r10_el_bot_y_el_alto_siguen_con_redis_muerto(
    servidor: RedisPropio, carpeta_datos: Path, settings: Any
) -> None:
    settings.REDIS_URL = servidor.url

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: len(banco.compras) >= 2)
        servidor.matar()
        await banco.hasta(lambda: len(banco.compras) >= 5)
        banco.frenar(Freno.DETENIDO)
        frenado = banco.equipo.monotonico()
        compras = len(banco.compras)
        await banco.hasta(lambda: banco.equipo.monotonico() - frenado > 120)
        assert len(banco.compras) <= compras + 1  # como mucho la que ya estaba en camino
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, **OPCIONES)


def test_r10_con_redis_muerto_la_bandeja_sale_por_los_hilos_de_reserva(
    servidor: RedisPropio, cuenta: ServidorTwilio, carpeta_datos: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    for nombre, valor in cuenta.variables(DESTINO).items():
        monkeypatch.setenv(nombre, valor)
    settings.REDIS_URL = servidor.url
    servidor.matar()
    with TrabajosEmbebidos(horario=AVISOS, gracia_s=0.5) as trabajos:
        _suceso(1)
        _esperar(lambda: _llegados(cuenta) == 1, "que salga el primero")
        _suceso(2)
        _esperar(lambda: _llegados(cuenta) == 2, "que salga el segundo")
    assert trabajos.fallos == {}


def test_r10_vaciar_redis_y_matarlo_no_pierde_ni_repite_ningun_aviso(
    servidor: RedisPropio, cuenta: ServidorTwilio, entorno_hijo: dict[str, str]
) -> None:
    entorno = {**entorno_hijo, **cuenta.variables(DESTINO), "TIMONEL_REDIS_URL": servidor.url}
    trabajador = ProcesoCelery("worker", "-c", "1", "-Q", "avisos,informes", entorno=entorno)
    with trabajador, ProcesoCelery("beat", entorno=entorno) as planificador:
        _suceso(1)
        _esperar(lambda: _llegados(cuenta) == 1, "el primero")
        servidor.vaciar()
        _suceso(2)
        _esperar(lambda: _llegados(cuenta) == 2, "tras vaciarlo")
        servidor.matar()
        _suceso(3)
        time.sleep(1.0)
        servidor.arrancar()
        _esperar(lambda: _llegados(cuenta) == 3, "tras matarlo")
        assert trabajador.vivo and planificador.vivo


def test_r11_con_el_panel_y_celery_muertos_el_bot_sigue_y_el_alto_de_consola_para(
    servidor: RedisPropio, carpeta_datos: Path, entorno_hijo: dict[str, str]
) -> None:
    entorno = {**entorno_hijo, "TIMONEL_REDIS_URL": servidor.url, "TIMONEL_FICHERO_ENV": os.devnull}
    trabajador = ProcesoCelery("worker", "-c", "1", "-Q", "avisos,informes", entorno=entorno)
    panel = subprocess.Popen(
        [sys.executable, "-m", "timonel.cli", "panel", "--puerto", "0", "--json"],
        cwd=RAIZ, env=entorno, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert panel.stdout is not None and '"url"' in panel.stdout.readline()  # ya sirve
        trabajador.arrancar()

        async def prueba(banco: Banco) -> None:
            await banco.nacer()
            await banco.hasta(lambda: len(banco.compras) >= 2)
            panel.kill()
            trabajador.matar()
            assert panel.wait(10) < 0
            await banco.hasta(lambda: len(banco.compras) >= 5)
            alto = subprocess.run(
                [sys.executable, "-m", "timonel.cli", "alto", "--bot", BOT, "--json"],
                cwd=RAIZ, env=entorno, capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            assert alto.returncode == 0, alto.stderr
            compras = len(banco.compras)
            frenado = banco.equipo.monotonico()
            await banco.hasta(lambda: banco.equipo.monotonico() - frenado > 120)
            assert len(banco.compras) == compras
            assert banco.violaciones() == []

        en_banco(carpeta_datos, prueba, **OPCIONES)
    finally:
        panel.kill()
        panel.communicate()
        trabajador.parar()
