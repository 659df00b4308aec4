"""``timonel operar --esperar``: sin ningún bot corriendo, obedece lo que se pide y acaba bien."""

import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from dominio.freno import Freno
from dominio.reloj import RelojSistema
from historial.models import OrdenMando
from historial.services import fijar_freno, pedir_mando

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200), pytest.mark.xdist_group("procesos")]


def _hasta(cumplido: Callable[[], bool], proceso: "subprocess.Popen[bytes]", plazo_s: float = 90.0) -> None:
    limite = time.monotonic() + plazo_s
    while not cumplido():
        assert proceso.poll() is None and time.monotonic() < limite
        threading.Event().wait(0.1)


def test_atiende_ordenes_aunque_no_corra_ningun_bot(entorno_hijo: dict[str, str], carpeta_datos: Path) -> None:
    ahora = RelojSistema().ahora()

    def pedir(orden: str, bot: str = "") -> OrdenMando:
        return pedir_mando(bot, orden, {}, "ana", uuid.uuid4().hex, ahora=ahora)

    fijar_freno("global", "", Freno.DETENIDO, "prueba", "ana", ahora=ahora)
    alto, arrancar = pedir("alto"), pedir("arrancar", "no_existe")
    proceso = subprocess.Popen(
        [sys.executable, "-m", "timonel", "operar", "--esperar"], env=entorno_hijo | {"TIMONEL_TRABAJOS": "no"}
    )
    try:
        _hasta(lambda: not OrdenMando.objects.filter(estado__in=("pendiente", "tomada")).exists(), proceso)
        proceso.send_signal(signal.SIGTERM)
        assert proceso.wait(60) == 0
    finally:
        proceso.kill()
        proceso.wait()
    alto.refresh_from_db()
    arrancar.refresh_from_db()
    assert (alto.estado, (carpeta_datos / "ALTO").exists()) == ("hecha", True)
    assert (arrancar.estado, arrancar.respuesta["codigo"]) == ("fallida", "BOT-01")
