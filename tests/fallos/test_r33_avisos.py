"""R33: cada regla de aviso disparada, el canal primario caído y la plataforma muerta.

La cuenta de Twilio es la de laboratorio, por su SDK y la red; el segundo canal, Apprise hacia un servidor de este
equipo; el vigilante de fuera, el programa de verdad en su proceso. La hora de la bandeja la lleva la prueba.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from dominio.azar import AzarSemilla
from dominio.reloj import RelojManual
from historial.models import Latido
from historial.services.registro import publicar_evento
from laboratorio.twilio import LibroTwilio, ServidorTwilio, TwilioEnHilo
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.models import Aviso, EstadoAviso
from notificaciones.reglas import REGLAS
from notificaciones.services import vigilar_conexiones
from notificaciones.services.periodicos import pasada
from notificaciones.services.pulso import latir
from tests.rutas import RAIZ

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

DESTINO = "+15005550010"
EN_S = 60.0
_COMUN = {"bot": "uno", "moneda": "USD", "entorno": "simulado"}
# Un suceso por regla, tal como lo publica quien lo vive.
SUCESOS: dict[str, tuple[str, dict[str, Any]]] = {
    "INICIO_OPERATIVA": ("uno", {**_COMUN, "balance": "1000"}),
    "STOP_LOSS": (
        "uno",
        {
            **_COMUN,
            "perdida_acumulada": "10",
            "pico": "1010",
            "balance": "1000",
            "reanuda_en": "2026-01-02T00:00:00+00:00",
        },
    ),
    "FIN_DE_PAUSA": (
        "uno",
        {**_COMUN, "hora_elegida": 7, "entra_en": "2026-01-02T12:00:00+00:00", "veredicto": "azar"},
    ),
    "HORA_ELEGIDA": (
        "uno",
        {**_COMUN, "hora_elegida": 7, "entra_en": "2026-01-02T12:00:00+00:00", "veredicto": "azar"},
    ),
    "REACTIVADO": ("uno", {**_COMUN, "balance": "1000", "tanda": 2}),
    "SIN_SALDO": ("uno", {**_COMUN, "balance": "1"}),
    "MOVIMIENTO_AJENO": ("uno", {**_COMUN, "importe": "-5", "balance": "995", "motivo": "retirada"}),
    "externa": ("deriv:DOT1", {"referencia": "9", "simbolo": "R_100", "monto": "1"}),
    "freno": (
        "freno",
        {"ambito": "global", "clave": "", "antes": "ACTIVO", "estado": "DETENIDO", "motivo": "prueba", "actor": "ana"},
    ),
    "orden": ("uno", {**_COMUN, "id_cliente": "abc", "estado": "REVISION", "motivo": "sin respuesta"}),
    "AUDITORIA_ROTA": ("sistema", {"flujo": "deriv:DOT1", "seq": 7, "motivo": "falta el eslabón", "fila": None}),
    "RELOJ_DESVIADO": ("uno", {"codigo": "REL-01", "desvio_s": -7.25}),
}
SOLO_RESUELVEN = {"RELOJ_EN_HORA"}


class Buzon:
    """El segundo canal: guarda lo que Apprise le manda."""

    def __init__(self) -> None:
        self.recibidos: list[dict[str, Any]] = []
        self.llego = threading.Event()
        buzon = self

        class Atiende(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                cuerpo = self.rfile.read(int(self.headers["Content-Length"]))
                buzon.recibidos.append(json.loads(cuerpo))
                buzon.llego.set()
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.servidor = HTTPServer(("127.0.0.1", 0), Atiende)
        self.url = f"json://127.0.0.1:{self.servidor.server_port}/"


@pytest.fixture
def buzon() -> Iterator[Buzon]:
    nuevo = Buzon()
    hilo = threading.Thread(target=nuevo.servidor.serve_forever, daemon=True)
    hilo.start()
    yield nuevo
    nuevo.servidor.shutdown()
    hilo.join()
    nuevo.servidor.server_close()


@pytest.fixture
def cuenta(reloj: RelojManual) -> Iterator[ServidorTwilio]:
    servidor = ServidorTwilio(LibroTwilio(reloj, AzarSemilla(1)), reloj, entrega_s=(0.0, 0.0, None), avisar=False)
    with TwilioEnHilo(servidor):
        yield servidor


def _config(variables: dict[str, str], **mas: str) -> ConfigAvisos:
    return desde_entorno({**variables, **mas})


def _puerto_cerrado() -> int:
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


def _hasta_que_salga(config: ConfigAvisos, reloj: RelojManual, canal: str, limite_s: float) -> float:
    """Hace las pasadas de un trabajador hasta que algo sale por ese canal; devuelve cuánto tardó."""
    inicio = reloj.monotonico()
    salidos = Aviso.objects.filter(canal=canal, estado__in=(EstadoAviso.ACEPTADO, EstadoAviso.ENTREGADO))
    while True:
        pasada(config, reloj)
        if salidos.exists():
            return reloj.monotonico() - inicio
        assert reloj.monotonico() - inicio < limite_s, list(Aviso.objects.values("canal", "estado", "codigo_error"))
        reloj.avanzar(2)


def test_r33_hay_un_suceso_de_muestra_por_regla() -> None:
    assert set(SUCESOS) | SOLO_RESUELVEN == set(REGLAS)


@pytest.mark.parametrize("tipo", SUCESOS)
def test_r33_cada_regla_llega_una_vez_a_su_destinatario(tipo: str, cuenta: ServidorTwilio, reloj: RelojManual) -> None:
    flujo, datos = SUCESOS[tipo]
    config = _config(cuenta.variables(DESTINO))
    publicar_evento(flujo, tipo, datos, ahora=reloj.ahora())
    assert _hasta_que_salga(config, reloj, "whatsapp", EN_S) <= EN_S
    for _ in range(5):
        pasada(config, reloj)
        reloj.avanzar(2)
    aviso = Aviso.objects.get()
    assert cuenta.libro.llegados() == {(aviso.marca, f"whatsapp:{DESTINO}"): 1}


def test_r33_un_bot_que_calla_se_avisa_antes_de_un_minuto(cuenta: ServidorTwilio, reloj: RelojManual) -> None:
    config = _config(cuenta.variables(DESTINO))
    Latido.objects.create(
        bot="uno", sede="deriv", cuenta="DOT1", proceso="x", en=reloj.ahora(), datos={"conectado": True}
    )
    muerto_en = reloj.monotonico()
    while not vigilar_conexiones(config, ahora=reloj.ahora()):
        reloj.avanzar(2)
        assert reloj.monotonico() - muerto_en < EN_S
    _hasta_que_salga(config, reloj, "whatsapp", EN_S)
    assert reloj.monotonico() - muerto_en <= EN_S
    assert cuenta.libro.repetidos() == 0


@pytest.mark.parametrize(("tipo", "limite_s"), [("freno", 5.0), ("STOP_LOSS", EN_S)], ids=["urgente", "de_hoy"])
def test_r33_con_el_canal_primario_caido_sale_por_el_segundo(
    tipo: str, limite_s: float, cuenta: ServidorTwilio, buzon: Buzon, reloj: RelojManual
) -> None:
    variables = cuenta.variables(DESTINO) | {"TIMONEL_TWILIO_URL": f"http://127.0.0.1:{_puerto_cerrado()}"}
    config = _config(variables, TIMONEL_APPRISE_URLS=buzon.url)
    flujo, datos = SUCESOS[tipo]
    publicar_evento(flujo, tipo, datos, ahora=reloj.ahora())
    assert _hasta_que_salga(config, reloj, "apprise", limite_s) <= limite_s
    assert len(buzon.recibidos) == 1
    assert cuenta.libro.mensajes == []
    assert Aviso.objects.get(canal="whatsapp").estado == EstadoAviso.PENDIENTE  # lo suyo espera a que vuelva


def test_r33_el_pulso_calla_si_falta_un_bot_o_los_avisos_no_salen(
    cuenta: ServidorTwilio, reloj: RelojManual, carpeta_datos: Path
) -> None:
    assert latir(carpeta_datos, {}, ahora=reloj.ahora()) == {"motivos": [], "fichero": True, "url": None}
    config = _config(cuenta.variables(DESTINO))
    latido = Latido.objects.create(bot="uno", sede="deriv", cuenta="DOT1", en=reloj.ahora(), datos={"conectado": True})
    reloj.avanzar(50)
    vigilar_conexiones(config, ahora=reloj.ahora())
    (carpeta_datos / "pulso.json").unlink()
    assert latir(carpeta_datos, {}, ahora=reloj.ahora())["motivos"] == ["falta uno"]
    latido.en = reloj.ahora()
    latido.save()
    vigilar_conexiones(config, ahora=reloj.ahora())
    reloj.avanzar(310)  # lo que se encoló no lo ha despachado nadie
    assert latir(carpeta_datos, {}, ahora=reloj.ahora())["motivos"] == ["los avisos no salen"]
    assert not (carpeta_datos / "pulso.json").exists()
    pasada(config, reloj)
    assert latir(carpeta_datos, {}, ahora=reloj.ahora())["fichero"]


def test_r33_el_pulso_llama_a_la_direccion_y_su_fallo_no_es_nuestro(
    buzon: Buzon, reloj: RelojManual, carpeta_datos: Path
) -> None:
    nadie = f"http://127.0.0.1:{_puerto_cerrado()}/latido"
    assert latir(carpeta_datos, {"TIMONEL_PULSO_URL": nadie}, ahora=reloj.ahora())["url"] is False
    # El buzón solo entiende POST: contesta 501 a un GET, y eso tampoco rompe nada.
    assert (
        latir(carpeta_datos, {"TIMONEL_PULSO_URL": buzon.url.replace("json", "http")}, ahora=reloj.ahora())["url"]
        is False
    )


def test_r33_con_la_plataforma_muerta_avisa_el_vigilante_de_fuera(
    buzon: Buzon, reloj: RelojManual, carpeta_datos: Path
) -> None:
    """El programa de verdad: sin base, sin Django y con los plazos acortados."""
    latir(carpeta_datos, {}, ahora=reloj.ahora())
    orden = [sys.executable, "-m", "timonel.cli", "vigilar", "--fichero", str(carpeta_datos / "pulso.json")]
    entorno = {n: v for n, v in os.environ.items() if not n.startswith("TIMONEL_")} | {
        "TIMONEL_VIGILANTE_URLS": buzon.url,
        "TIMONEL_FICHERO_ENV": os.devnull,
    }
    with subprocess.Popen([*orden, "--tolerancia", "5", "--cada", "0.2"], cwd=RAIZ, env=entorno) as vigilante:
        try:
            assert buzon.llego.wait(EN_S), "el vigilante no avisó"
            assert buzon.recibidos[0]["type"] == "failure"
            buzon.llego.clear()
            latir(carpeta_datos, {}, ahora=reloj.ahora() + timedelta(seconds=30))  # vuelve
            assert buzon.llego.wait(EN_S), "el vigilante no contó que volvió"
        finally:
            vigilante.terminate()
    assert len(buzon.recibidos) == 2
