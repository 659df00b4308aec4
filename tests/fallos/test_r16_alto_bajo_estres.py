"""R16: alto con el equipo al límite: CPU al 100 %, base bloqueada, sin Redis ni panel, la sede contestando 5xx.

Procesos de verdad y reloj acelerado. Lo que vale es lo que dice el libro de la sede: el último envío no pasa de un
segundo real después de que la bandera quedó puesta. Y matado y vuelto a lanzar, sigue sin enviar.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bots.emergencia import quitar_alto
from bots.procesos import leer_pids
from tests.fallos.banco import BOT
from tests.rutas import RAIZ

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

FACTOR = 4.0
ORIGEN_MS = 1_767_225_600_000
LIMITE_S = 120.0
ESPERA_S = 4.0  # real: al ritmo de la prueba caben varias compras
MARGEN_MS = 1000.0


class Puesto:
    """La sede y el operador en sus procesos, y lo que la sede recibió."""

    def __init__(self, carpeta: Path, entorno: dict[str, str]) -> None:
        self.datos, self.envios_json = Path(entorno["TIMONEL_DATOS"]), carpeta / "envios.json"
        self.registro = carpeta / "operador.log"
        # Redis y el panel no están: la dirección no lleva a nadie.
        self._entorno = {**entorno, "TIMONEL_REDIS_URL": "redis://127.0.0.1:1/0", "TIMONEL_FICHERO_ENV": os.devnull}
        self._hora = {"factor": FACTOR, "origen_ms": ORIGEN_MS, "inicio_real_s": time.time()}
        self.sede = self._lanzar("sede", {"hora": self._hora, "envios": str(self.envios_json)}, stdout=subprocess.PIPE)
        assert self.sede.stdout is not None
        self._url = self.sede.stdout.readline().strip()
        self.operador = self.operar()

    def _lanzar(self, que: str, datos: dict[str, Any], **mas: Any) -> "subprocess.Popen[str]":
        orden = [sys.executable, "-m", "tests.fallos.hijos_alto", que, json.dumps(datos)]
        return subprocess.Popen(orden, cwd=RAIZ, env=self._entorno, text=True, **mas)

    def operar(self) -> "subprocess.Popen[str]":
        """Lanza un operador."""
        datos = {"hora": self._hora, "url": self._url, "datos": str(self.datos)}
        with self.registro.open("ab") as salida:
            return self._lanzar("operador", datos, stderr=salida)

    def compras(self) -> list[float]:
        """Devuelve la hora real, en milisegundos desde que empezó la prueba, de cada compra que llegó a la sede."""
        if not self.envios_json.exists():
            return []
        return [(envio["hora_ms"] - ORIGEN_MS) / FACTOR for envio in json.loads(self.envios_json.read_bytes())]

    def alto(self) -> float:
        """Para con el programa de emergencia y devuelve cuándo quedó puesta la bandera, en la misma escala."""
        orden = [sys.executable, "-m", "timonel.alto", "--bot", BOT, "--json"]
        hecho = subprocess.run(orden, cwd=RAIZ, env=self._entorno, capture_output=True, text=True, check=False)
        assert hecho.returncode == 0, hecho.stderr
        resumen = json.loads(hecho.stdout.splitlines()[-1])
        assert resumen["bandera_puesta"]
        puesta_s = Path(resumen["bandera"]).stat().st_mtime
        return (puesta_s - self._hora["inicio_real_s"]) * 1000

    def cerrar(self) -> None:
        """Mata lo que quede."""
        for proceso in (self.operador, self.sede):
            proceso.kill()
            proceso.communicate()


@pytest.fixture
def puesto(tmp_path: Path, entorno_hijo: dict[str, str]) -> Iterator[Puesto]:
    nuevo = Puesto(tmp_path, entorno_hijo)
    yield nuevo
    nuevo.cerrar()


@contextmanager
def _cpu_al_limite() -> Iterator[None]:
    """Dos procesos por núcleo dando vueltas."""
    quemar = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for proceso in quemar:
            proceso.kill()
            proceso.wait()


@contextmanager
def _base_bloqueada() -> Iterator[None]:
    """Otra conexión tiene bloqueadas las tablas que el bot y el alto escriben."""
    from django.db import connection, transaction

    with transaction.atomic():  # en SQLite, IMMEDIATE: nadie más escribe
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE ordenes, frenos, eventos IN ACCESS EXCLUSIVE MODE")
        yield


def _esperar(condicion: Callable[[], object], que: str, puesto: Puesto) -> None:
    limite = time.monotonic() + LIMITE_S
    while not condicion():
        assert puesto.operador.poll() is None, puesto.registro.read_text(errors="replace")[-3000:]
        assert time.monotonic() < limite, f"no se cumplió: {que}"
        time.sleep(0.05)


def _renacer(puesto: Puesto) -> None:
    """Lo lanza hasta que se queda, como el supervisor: el arriendo del muerto tarda en vencer."""
    limite = time.monotonic() + LIMITE_S
    while BOT not in leer_pids(puesto.datos):
        if puesto.operador.poll() is not None:
            puesto.operador = puesto.operar()
        assert time.monotonic() < limite, puesto.registro.read_text(errors="replace")[-3000:]
        time.sleep(0.1)


def _nada_despues(puesto: Puesto, alto_ms: float) -> None:
    """Espera de sobra y comprueba en el libro de la sede que no salió nada más de un segundo después del alto."""
    time.sleep(ESPERA_S)
    tardias = [compra - alto_ms for compra in puesto.compras() if compra > alto_ms + MARGEN_MS]
    assert tardias == []


def test_r16_el_alto_para_en_un_segundo_con_todo_en_contra_y_sigue_tras_morir(puesto: Puesto) -> None:
    _esperar(lambda: len(puesto.compras()) >= 2, "que compre", puesto)
    with _cpu_al_limite():
        antes = len(puesto.compras())
        _esperar(lambda: len(puesto.compras()) > antes, "que compre con la CPU al límite", puesto)
        puesto.sede.send_signal(signal.SIGUSR1)
        alto_ms = puesto.alto()
        _nada_despues(puesto, alto_ms)
    puesto.sede.send_signal(signal.SIGUSR2)
    quitar_alto(puesto.datos, BOT)

    antes = len(puesto.compras())
    _esperar(lambda: len(puesto.compras()) > antes, "que vuelva a comprar", puesto)
    with _base_bloqueada():
        alto_ms = puesto.alto()
        time.sleep(1.5)
    _nada_despues(puesto, alto_ms)  # al soltarse la base tampoco sale lo que estuviera esperando

    puesto.operador.kill()
    puesto.operador.wait()
    _renacer(puesto)
    _nada_despues(puesto, alto_ms)
