"""``avisos probar``, ``avisos lista``, ``avisos acusar`` y ``laboratorio twilio``."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dominio.reloj import RelojSistema
from laboratorio.twilio import ServidorTwilio, TwilioEnHilo
from laboratorio.twilio import nombres_fallos as fallos
from notificaciones.config import desde_entorno
from notificaciones.services import notificar_emergencia
from tests.integracion.cli.conftest import Consola, exigir_error
from tests.rutas import RAIZ


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServidorTwilio]:
    """Una cuenta de laboratorio, y el entorno que apunta a ella."""
    for nombre in [n for n in os.environ if n.startswith(("TIMONEL_TWILIO", "TIMONEL_WHATSAPP", "TIMONEL_APPRISE"))]:
        monkeypatch.delenv(nombre)
    with TwilioEnHilo(ServidorTwilio()) as servidor:
        for clave, valor in servidor.variables().items():
            monkeypatch.setenv(clave, valor)
        yield servidor


def test_probar_manda_uno_a_cada_destinatario(consola: Consola, twilio: ServidorTwilio) -> None:
    dicho = consola("avisos", "probar", "--json")
    assert dicho.salida == 0, dicho
    assert (dicho.json["enviados"], dicho.json["total"]) == (2, 2)
    assert [m["sid"] for m in dicho.json["mensajes"]] == [m.sid for m in twilio.libro.mensajes]
    assert {m["estado"] for m in dicho.json["mensajes"]} <= {"queued", "sent", "delivered"}
    assert all("[SIMULADO]" in m.cuerpo and "prueba" in m.cuerpo for m in twilio.libro.mensajes)
    assert "5005550" not in dicho.texto
    assert "aceptado" in consola("avisos", "probar").texto


@pytest.mark.parametrize(
    ("fallo", "codigo", "salida"),
    [(fallos.SIN_VERIFICAR, "21608", 1), (fallos.CREDENCIALES, "20003", 1), (fallos.CORTE_TRAS, "CORTE", 3)],
)
def test_probar_dice_el_codigo_y_sale_distinto(
    fallo: str, codigo: str, salida: int, consola: Consola, twilio: ServidorTwilio
) -> None:
    twilio.fallos.programar(fallo)
    dicho = consola("avisos", "probar", "--json")
    assert dicho.salida == salida
    primero, segundo = dicho.json["mensajes"]
    assert (primero["aceptado"], primero["codigo"]) == (False, codigo)
    assert primero["que_hacer"]
    assert segundo["aceptado"] is True


def test_probar_sin_servidor_sale_con_3(
    consola: Consola, twilio: ServidorTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMONEL_TWILIO_URL", "http://127.0.0.1:9")
    dicho = consola("avisos", "probar", "--json")
    assert (dicho.salida, dicho.json["mensajes"][0]["codigo"]) == (3, "SIN-CONEXION")


def test_probar_sin_configurar_dice_que_falta(
    consola: Consola, twilio: ServidorTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    exigir_error(consola("avisos", "probar", "--canal", "apprise"), "AVI-04", 2)
    monkeypatch.setenv("TIMONEL_TWILIO_CUENTA", "mala")
    exigir_error(consola("avisos", "probar"), "AVI-01", 2)
    monkeypatch.setenv("TIMONEL_TWILIO_CUENTA", twilio.cuenta)
    monkeypatch.setenv("TIMONEL_TWILIO_URL", "http://otra.parte")
    exigir_error(consola("avisos", "probar"), "AVI-02", 2)


@pytest.mark.django_db(transaction=True)
def test_lista_y_acuse(consola: Consola) -> None:
    ahora = RelojSistema().ahora() - timedelta(minutes=1)
    assert notificar_emergencia("descuadre", clave="a", config=desde_entorno({}), ahora=ahora, entorno="demo") == 1
    lista = consola("avisos", "lista", "--sin-acuse", "--json").json
    assert [(a["clave"], a["estado"], a["codigo_error"]) for a in lista["avisos"]] == [("a", "descartado", "SIN-CANAL")]
    assert lista["bandeja"]["sin_acusar"] == 1
    assert "descuadre" in lista["avisos"][0]["cuerpo"]
    exigir_error(consola("avisos", "acusar", "otra"), "AVI-10", 2)
    exigir_error(consola("avisos", "acusar"), "USO-06", 2)
    assert consola("avisos", "acusar", "a", "--json").json == {"acusados": 1}
    assert consola("avisos", "acusar", "--todos", "--json").json == {"acusados": 0}
    assert consola("avisos", "lista", "--sin-acuse", "--json").json["avisos"] == []
    assert "Esperan acuse: 0." in consola("avisos", "lista").texto


def test_la_twilio_de_laboratorio_anuncia_guarda_y_se_cierra(tmp_path: Path, consola: Consola) -> None:
    libro = tmp_path / "libro.json"
    orden = [sys.executable, "-m", "timonel", "laboratorio", "twilio", "--json", "--libro", str(libro)]
    tuberias = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(orden, cwd=RAIZ, text=True, **tuberias) as hijo, pytest.MonkeyPatch.context() as entorno:
        assert hijo.stdout is not None
        anuncio = json.loads(hijo.stdout.readline())
        for clave, valor in anuncio["variables"].items():
            entorno.setenv(clave, valor)
        assert consola("avisos", "probar", "--json").json["enviados"] == 2
        hijo.send_signal(signal.SIGINT)
        _, errores = hijo.communicate(timeout=20)
    assert (hijo.returncode, errores) == (0, "Laboratorio cerrado: 2 mensajes en el libro.\n")
    assert len(json.loads(libro.read_text(encoding="utf-8"))) == 2
