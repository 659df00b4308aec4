"""Las sondas y las medidas: quién las lee y qué dicen."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from dashboard.acceso import fichas
from dashboard.salud import medidas
from dominio.freno import Freno
from dominio.reloj import RelojSistema
from historial import services as historial
from historial.models import Latido
from tests.integracion.acceso.ayudas import entrar, persona

pytestmark = pytest.mark.django_db


def _ahora():
    return RelojSistema().ahora()


def _ficha(alcance: str = "leer", horas: float = 1) -> dict[str, str]:
    nueva = fichas.emitir(f"mon-{alcance}", alcance, "prueba", horas=horas, ahora=_ahora())
    return {"HTTP_AUTHORIZATION": f"Token {nueva.ficha}"}


def test_vivo_y_listo_no_piden_nada_y_no_cuentan_nada() -> None:
    assert Client().get("/livez").content == b"vivo\n"
    respuesta = Client().get("/readyz")
    assert (respuesta.status_code, respuesta.json()) == (200, {"listo": True, "base": "bien", "migraciones": "bien"})


def test_sin_base_esta_vivo_y_no_listo(monkeypatch: pytest.MonkeyPatch) -> None:
    def romper(*_: Any, **__: Any) -> Any:
        raise OperationalError("clave secreta en el texto")

    monkeypatch.setattr(connection, "cursor", romper)
    assert Client().get("/livez").status_code == 200
    respuesta = Client().get("/readyz")
    assert (respuesta.status_code, respuesta.json()["listo"]) == (503, False)
    assert b"secreta" not in respuesta.content


def test_con_migraciones_pendientes_no_esta_listo() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'dashboard' AND name = '0002_fichas'")
    respuesta = Client().get("/readyz")
    assert (respuesta.status_code, respuesta.json()["migraciones"]) == (503, "1 pendientes")


def test_las_medidas_piden_permiso_de_leer(monkeypatch: pytest.MonkeyPatch) -> None:
    anonima = Client().get("/metrics")
    assert (anonima.status_code, anonima["WWW-Authenticate"]) == (401, "Token")
    assert Client().get("/metrics", **_ficha()).status_code == 200
    assert Client().get("/metrics", HTTP_AUTHORIZATION="Token nada").status_code == 401
    assert Client().get("/metrics", HTTP_AUTHORIZATION="Token \xf1").status_code == 401
    assert entrar(persona("leer")).get("/metrics").status_code == 200
    assert entrar(persona()).get("/metrics").status_code == 403
    monkeypatch.setenv("TIMONEL_METRICAS", "local")
    assert Client().get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 401
    assert Client(HTTP_X_FORWARDED_FOR="127.0.0.1").get("/metrics").status_code == 401


def test_las_medidas_dicen_freno_latido_y_base() -> None:
    historial.fijar_freno("global", "", Freno.DETENIDO, "prueba", "prueba", ahora=_ahora())
    Latido.objects.create(
        bot="uno", sede="deriv", cuenta="DOT1", en=_ahora() - timedelta(seconds=30), datos={"conectado": True}
    )
    texto = medidas.texto().decode()
    lineas = {
        linea.rpartition(" ")[0]: float(linea.rpartition(" ")[2])
        for linea in texto.splitlines()
        if not linea.startswith("#")
    }
    assert lineas['timonel_freno{ambito="global",clave=""}'] == 2
    assert 30 <= lineas['timonel_latido_edad_segundos{bot="uno",sede="deriv"}'] < 60
    assert lineas['timonel_sede_conectada{bot="uno",sede="deriv"}'] == 1
    assert lineas["timonel_base_responde"] == 1
    assert "timonel_process_resident_memory_bytes" in lineas
    assert "DOT1" not in texto


def test_si_la_base_falla_las_medidas_lo_dicen(monkeypatch: pytest.MonkeyPatch) -> None:
    def romper(*_: Any) -> Any:
        raise OperationalError("clave secreta en el texto")

    monkeypatch.setattr(medidas, "_TODAS", (("x", "x", (), romper),))
    assert "timonel_base_responde 0.0" in medidas.texto().decode()
