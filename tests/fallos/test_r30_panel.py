"""R30 en el panel: con un canario en cada secreto, ninguno sale en páginas, API, CSV, errores, medidas ni base.

Los canarios: las variables del entorno, la clave de firma, las contraseñas, el secreto del segundo factor, las fichas,
los enlaces y lo tecleado como clave de una sede. Se recorren todas las rutas de leer con quien más puede, y se provocan
fallos internos cuyo texto lleva un canario.
"""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from dashboard.acceso import fichas, services
from dashboard.acceso.roles import poner_rol
from dominio.reloj import RelojSistema
from tests.fallos.matriz_acceso import API, CUENTA, MATRIZ, PAGINA, PUBLICA
from tests.integracion.acceso.ayudas import SECRETO, entrar
from tests.integracion.acceso.conftest import sin_plazo  # noqa: F401 - es una preparación de pytest
from tests.rutas import RAIZ
from timonel.llaves import crear_llaves

pytestmark = [pytest.mark.fallos, pytest.mark.django_db]

CLAVE = "canario-de-firma-" + "x9" * 30
CONTRASENA = "canario-contraseña-0f31"
TECLEADA = "canario-tecleada-pat-77aa"
_SECRETAS = re.compile(r"(TOKEN|CLAVE|SECRET|PIN|SID|PASSWORD|NUMERO|TELEFONO|DESTINOS)")
_CON_CLAVE = ("TIMONEL_BASE_DE_DATOS", "TIMONEL_REDIS_URL", "TIMONEL_APPRISE_URLS")


def _variables() -> dict[str, str]:
    """Devuelve un canario por cada variable documentada que guarda, o puede guardar, un secreto."""
    nombres = re.findall(r"^#(TIMONEL_[A-Z_]+)=", (RAIZ / ".env.ejemplo").read_text(encoding="utf-8"), re.MULTILINE)
    sueltas = {n: f"canario-{n.lower()}-3c" for n in nombres if _SECRETAS.search(n) and not n.endswith("_FILE")}
    con_clave = {n: f"https://canario:canario-{n.lower()}-3c@127.0.0.1:9/x" for n in nombres if n in _CON_CLAVE}
    return sueltas | con_clave


def _canario(valor: str) -> str:
    return re.search(r"canario-[^@]+", valor)[0]  # type: ignore[index]


@pytest.fixture
def canarios(monkeypatch: pytest.MonkeyPatch, settings: Any, carpeta_datos: Path) -> dict[str, str]:
    """Pone los canarios y devuelve cada uno con su nombre."""
    cache.clear()
    puestas = _variables()
    for nombre, valor in puestas.items():
        monkeypatch.setenv(nombre, valor)
    settings.SECRET_KEY = CLAVE
    privada, _ = crear_llaves(carpeta_datos, carpeta_datos / "aparte" / "operador.llave")
    monkeypatch.setenv("TIMONEL_LLAVE_SOBRES_FILE", str(privada))
    ahora = RelojSistema().ahora()
    usuario = User.objects.create_user("duena", password=CONTRASENA)
    poner_rol(usuario, "administrar")
    TOTP.activate(usuario, SECRETO)
    todos = {nombre: _canario(valor) for nombre, valor in puestas.items()}
    return todos | {
        "firma": CLAVE,
        "contraseña": CONTRASENA,
        "tecleada": TECLEADA,
        "llave privada": privada.read_text().strip(),
        "factor": SECRETO,
        "ficha": fichas.emitir("monitor", "administrar", "prueba", horas=1, ahora=ahora).ficha,
        "enlace": services.invitar("nueva", "leer", "prueba", ahora=ahora),
    }


def _cuerpo(respuesta: Any) -> str:
    if not respuesta.streaming:
        trozos = [respuesta.content]
    elif respuesta.is_async:
        trozos = async_to_sync(_juntar)(respuesta.streaming_content)
    else:
        trozos = list(respuesta.streaming_content)
    return "".join(trozo.decode("utf-8", "replace") for trozo in trozos) + repr(dict(respuesta.headers))


async def _juntar(trozos: Any) -> list[bytes]:
    return [trozo async for trozo in trozos]


def _hallados(texto: str, canarios: dict[str, str]) -> list[str]:
    return [nombre for nombre, valor in canarios.items() if valor in texto]


def _visitas() -> Iterator[tuple[str, str]]:
    for fila in MATRIZ:
        if fila.metodo == "GET" and fila.via in (PAGINA, API, PUBLICA, CUENTA):
            yield fila.ruta, reverse(fila.ruta, kwargs=fila.kwargs)
    yield "medidas", reverse("salud:metrics")
    yield "404", "/no/existe/"
    yield "400", "/operaciones/?pagina=%00&desde=basura"


def test_r30_ninguna_pagina_dice_ningun_secreto(canarios: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    cliente = entrar(User.objects.get(username="duena"), reforzada=True)
    guardada = cliente.post(reverse("acceso:claves"), {"nombre": "TIMONEL_DERIV_TOKEN", "valor": TECLEADA})
    assert guardada.status_code == 302
    Client().post(reverse("account_login"), {"login": "duena", "password": CONTRASENA + "-no"})
    Client().post(reverse("account_login"), {"login": "duena", "password": CONTRASENA})
    vistas = 0
    for nombre, url in _visitas():
        if nombre == "mfa_activate_totp":  # a quien activa un factor se le enseña el suyo, y es otro
            continue
        for acepta in ("text/html", "application/json"):
            respuesta = cliente.get(url, HTTP_ACCEPT=acepta)
            assert not _hallados(_cuerpo(respuesta), canarios), (nombre, acepta)
            vistas += 1
    assert vistas > 100
    registro = "\n".join(f"{linea.getMessage()} {linea.args!r} {linea.exc_text or ''}" for linea in caplog.records)
    assert not _hallados(registro + caplog.text, canarios)
    assert not _hallados(_volcado(), canarios)


def test_r30_un_fallo_interno_no_ensena_lo_que_llevaba(
    canarios: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.salud import views

    def romper(*_: Any, **__: Any) -> Any:
        raise RuntimeError(f"postgresql://bot:{CLAVE}@servidor/{TECLEADA}")

    monkeypatch.setattr(views, "comprobar", romper)
    cliente = Client(raise_request_exception=False)
    for acepta in ("text/html", "application/json"):
        respuesta = cliente.get(reverse("salud:readyz"), HTTP_ACCEPT=acepta)
        assert respuesta.status_code == 500
        assert not _hallados(_cuerpo(respuesta), canarios)
        assert "Traceback" not in _cuerpo(respuesta)


def test_r30_los_canarios_se_verian_si_salieran(canarios: dict[str, str]) -> None:
    """La propia prueba puede fallar: hay canarios en todas las variables secretas y se encuentran si están."""
    assert {"TIMONEL_DERIV_TOKEN", "TIMONEL_CLAVE_OPERADOR", "TIMONEL_CLAVE_SECRETA"} <= set(canarios)
    assert all(_hallados(f"<p>{valor}</p>", canarios) for valor in canarios.values())


def _volcado() -> str:
    with connection.cursor() as cursor:
        filas: list[Any] = []
        for tabla in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(tabla)}")
            filas += cursor.fetchall()
    return repr(filas)
