"""Los ajustes de producción: sin avisos de Django, con todo lo que pide HTTPS y sin arrancar a medias."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.integracion.acceso.ayudas import entrar, persona
from tests.rutas import RAIZ

BUENOS = {"TIMONEL_PRODUCCION": "1", "TIMONEL_DOMINIOS": "panel.example.org"}
AJUSTES = (
    "SESSION_COOKIE_NAME CSRF_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_SAMESITE "
    "CSRF_COOKIE_SAMESITE SESSION_COOKIE_HTTPONLY SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS ALLOWED_HOSTS DEBUG "
    "SESSION_COOKIE_AGE CSRF_TRUSTED_ORIGINS SECURE_PROXY_SSL_HEADER SOLO_SIMULADO SECRET_KEY"
)
VER = (
    "import django, json; django.setup(); from django.conf import settings as s; "
    f"print(json.dumps({{n: getattr(s, n) for n in '{AJUSTES}'.split()}}))"
)


def _correr(tmp_path: Path, *orden: str, **variables: str) -> subprocess.CompletedProcess[str]:
    limpio = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    propias = {
        "TIMONEL_DATOS": str(tmp_path / "datos"),
        "DJANGO_SETTINGS_MODULE": "timonel.settings",
        "PYTHONPATH": str(RAIZ),
    }
    return subprocess.run(
        [sys.executable, *orden],
        env=limpio | propias | variables,
        capture_output=True,
        text=True,
        check=False,
        cwd=RAIZ,
    )


def test_check_deploy_no_dice_nada(tmp_path: Path) -> None:
    hecho = _correr(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **BUENOS)
    assert hecho.returncode == 0, hecho.stdout + hecho.stderr
    assert "no issues" in hecho.stdout


def test_todo_lo_que_pide_https_esta_puesto(tmp_path: Path) -> None:
    hecho = _correr(tmp_path, "-c", VER, **BUENOS)
    ajustes = json.loads(hecho.stdout)
    clave = ajustes.pop("SECRET_KEY")
    assert ajustes == {
        "SESSION_COOKIE_NAME": "__Host-sesion",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_SAMESITE": "Strict",
        "CSRF_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_HTTPONLY": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "ALLOWED_HOSTS": ["panel.example.org", "127.0.0.1", "localhost", "[::1]"],
        "DEBUG": False,
        "SESSION_COOKIE_AGE": 28_800,
        "CSRF_TRUSTED_ORIGINS": ["https://panel.example.org"],
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "SOLO_SIMULADO": False,
    }
    guardada = tmp_path / "datos" / "clave_secreta"
    assert guardada.read_text() == clave
    assert len(clave) >= 50
    if os.name == "posix":
        assert stat.S_IMODE(guardada.stat().st_mode) == 0o600
    otra_vez = json.loads(_correr(tmp_path, "-c", VER, **BUENOS).stdout)["SECRET_KEY"]
    assert otra_vez == clave


@pytest.mark.parametrize(
    ("variables", "codigo"),
    [
        ({"TIMONEL_PRODUCCION": "1"}, "CFG-WEB1"),
        ({"TIMONEL_PRODUCCION": "1", "TIMONEL_DOMINIOS": "*"}, "CFG-WEB1"),
        ({"TIMONEL_PRODUCCION": "1", "TIMONEL_DOMINIOS": "https://panel.example.org/"}, "CFG-WEB1"),
        (BUENOS | {"TIMONEL_CLAVE_SECRETA": "corta"}, "CFG-SEC1"),
        (BUENOS | {"TIMONEL_CLAVE_SECRETA": "a" * 80}, "CFG-SEC1"),
        (BUENOS | {"TIMONEL_CLAVE_SECRETA_FILE": "/no/existe"}, "CFG-SEC2"),
    ],
)
def test_a_medias_no_arranca(tmp_path: Path, variables: dict[str, str], codigo: str) -> None:
    hecho = _correr(tmp_path, "-c", "import django; django.setup()", **variables)
    assert hecho.returncode != 0
    assert codigo in hecho.stderr


CSP = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "manifest-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "ruta", ["/acceso/entrar/", "/acceso/cuenta/", "/nada", "/livez", "/metrics", "/api/v1/estado/"]
)
def test_toda_respuesta_lleva_la_politica_y_las_cabeceras(ruta: str) -> None:
    for cliente in (Client(), entrar(persona("leer"))):
        cabeceras = cliente.get(ruta).headers
        assert set(cabeceras["Content-Security-Policy"].split("; ")) == CSP
        assert cabeceras["X-Frame-Options"] == "DENY"
        assert cabeceras["X-Content-Type-Options"] == "nosniff"
        assert cabeceras["Referrer-Policy"] == "same-origin"
        assert cabeceras["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "no-store" in cabeceras["Cache-Control"]


@pytest.mark.django_db
def test_ninguna_pagina_de_acceso_lleva_nada_en_linea() -> None:
    import re

    cliente = entrar(persona("administrar", factor=True), reforzada=True)
    paginas = ["entrar/", "cuenta/", "factor/", "factor/llaves/nueva/", "factor/confirmar/", "claves/", "contrasena/"]
    for pagina in paginas:
        texto = cliente.get(f"/acceso/{pagina}").content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", texto), pagina
        for guion in re.findall(r"<script[^>]*>", texto):
            assert "src=" in guion or 'type="application/json"' in guion, (pagina, guion)
        assert not re.search(r"(src|href)=\"https?://", texto), pagina


@pytest.mark.django_db
def test_las_cookies_no_se_leen_desde_la_pagina_ni_salen_del_sitio() -> None:
    from tests.integracion.acceso.ayudas import por_la_puerta

    persona("leer", "eva")
    _, respuesta = por_la_puerta("eva")
    galletas: dict[str, Any] = dict(respuesta.cookies)
    assert {"timonel_sesion", "timonel_csrf"} <= set(galletas)
    for galleta in galletas.values():
        assert galleta["httponly"]
        assert galleta["samesite"] == "Strict"
