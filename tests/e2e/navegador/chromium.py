"""Dónde está Chromium y cómo se abre. Sin él las pruebas se saltan diciendo por qué; o fallan, si es obligatorio."""

import os
import subprocess
from typing import Any

from tests.rutas import RAIZ

OBLIGATORIO = "obligatorio"


def ruta_de_chromium() -> str | None:
    """Devuelve la ruta del navegador que halla ``scripts/navegador.sh``, o None."""
    hecho = subprocess.run(
        [str(RAIZ / "scripts" / "navegador.sh"), "--mirar"], capture_output=True, text=True, check=False
    )
    return hecho.stdout.strip() or None


def por_que_no() -> str:
    """Devuelve por qué no se puede usar el navegador, o vacío si se puede."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "falta playwright: «uv sync» lo instala con el grupo dev"
    return "" if ruta_de_chromium() else "no hay Chromium: corra scripts/navegador.sh"


def obligatorio() -> bool:
    """Devuelve si quedarse sin navegador es un fallo (NAVEGADOR=obligatorio) y no un salto."""
    return os.environ.get("NAVEGADOR") == OBLIGATORIO


def abrir(playwright: Any) -> Any:
    """Devuelve Chromium abierto. Como root no puede aislarse a sí mismo; solo visita este equipo."""
    ruta = ruta_de_chromium()
    opciones = ["--disable-dev-shm-usage", "--force-color-profile=srgb", "--lang=es"]
    if os.geteuid() == 0:
        opciones.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=ruta, args=opciones, env={**os.environ, "LANGUAGE": "es"})
