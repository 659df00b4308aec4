"""``timonel panel``: invita, crea y revoca fichas, desbloquea y sirve hasta que se le pide parar."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User

from dashboard.acceso.bloqueo import desbloquear
from dashboard.acceso.models import EnlaceUnUso, FichaAlcance
from dashboard.acceso.roles import rol_de
from tests.rutas import RAIZ
from timonel.cli import principal


def _dicho(capsys: pytest.CaptureFixture[str], *orden: str, salida: int = 0) -> dict[str, Any]:
    assert principal([*orden, "--json"]) == salida
    hallado: dict[str, Any] = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    return hallado


@pytest.mark.django_db
def test_usuario_crea_la_cuenta_con_su_permiso_y_da_un_enlace(capsys: Any, carpeta_datos: Path) -> None:
    dicho = _dicho(capsys, "panel", "usuario", "--nombre", "ana", "--rol", "operar")
    assert dicho["enlace"].startswith("http://127.0.0.1:8000/acceso/enlace/")
    assert dicho["caduca_en_s"] == 900
    usuario = User.objects.get(username="ana")
    assert (rol_de(usuario), usuario.has_usable_password()) == ("operar", False)
    assert not EnlaceUnUso.objects.get().solo_local


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("orden", "codigo"),
    [
        (["usuario", "--nombre", "a b"], "ACC-09"),
        (["usuario", "--nombre", "ana", "--rol", "mandar"], "ACC-03"),
        (["ficha", "--nombre", "m", "--alcance", "todo"], "ACC-03"),
        (["retirar", "--nombre", "nadie"], "ACC-12"),
    ],
)
def test_lo_que_no_vale_se_dice_con_su_codigo(capsys: Any, carpeta_datos: Path, orden: list[str], codigo: str) -> None:
    assert _dicho(capsys, "panel", *orden, salida=2)["error"]["codigo"] == codigo


@pytest.mark.django_db
def test_una_ficha_se_ensena_una_vez_y_se_revoca(capsys: Any, carpeta_datos: Path, client: Any) -> None:
    dicho = _dicho(capsys, "panel", "ficha", "--nombre", "monitor", "--alcance", "leer", "--horas", "2")
    cabecera = {"HTTP_AUTHORIZATION": f"Token {dicho['ficha']}"}
    assert client.get("/metrics", **cabecera).status_code == 200
    assert FichaAlcance.objects.get().alcance == "leer"
    assert _dicho(capsys, "panel", "retirar", "--nombre", "monitor")["fichas_revocadas"] == 1
    assert client.get("/metrics", **cabecera).status_code == 401


@pytest.mark.django_db
def test_desbloquear_sin_bloqueos_no_falla(capsys: Any, carpeta_datos: Path) -> None:
    assert desbloquear("nadie") == 0
    assert _dicho(capsys, "panel", "desbloquear")["borrados"] == 0


@pytest.mark.skipif(os.name != "posix", reason="señales de POSIX")
@pytest.mark.django_db(transaction=True)
def test_panel_sirve_da_el_primer_enlace_y_se_cierra_limpio(entorno_hijo: dict[str, str]) -> None:
    proceso = subprocess.Popen(
        [sys.executable, "-m", "timonel.cli", "panel", "--puerto", "0", "--json"],
        env=entorno_hijo | {"PYTHONPATH": str(RAIZ)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert proceso.stdout is not None
        dicho = json.loads(proceso.stdout.readline())
        assert httpx.get(f"{dicho['url']}livez", timeout=30).text == "vivo\n"
        assert httpx.get(dicho["enlace"], timeout=30).status_code == 200
        enlace = EnlaceUnUso.objects.get()
        assert (enlace.usuario.get_username(), rol_de(enlace.usuario), enlace.solo_local) == (
            "administrador",
            "administrar",
            True,
        )
        proceso.send_signal(signal.SIGTERM)
        assert proceso.wait(30) == 0
    finally:
        proceso.kill()
        proceso.communicate()
