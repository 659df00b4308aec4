"""Lo que se instala: versiones con soporte y, de cada biblioteca que pedían las especificaciones, esa o su sucesora."""

import re
import sqlite3
import sys
import tomllib

import django
import pytest

from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

PROYECTO = tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CANDADO = {p["name"] for p in tomllib.loads((RAIZ / "uv.lock").read_text(encoding="utf-8"))["package"]}

# Biblioteca pedida → la que cumple su papel (None: la biblioteca estándar).
SUCESORAS = {
    "numpy": "numpy",
    "ta": "ta-lib",
    "pytz": None,  # zoneinfo
    "schedule": None,  # asyncio
    "requests": "aiohttp",
    "python-dotenv": "pydantic-settings",
    "pandas": "numpy",
}


def _directas() -> set[str]:
    return {re.split(r"[><=\[ ;]", d, maxsplit=1)[0] for d in PROYECTO["dependencies"]}


def test_django_es_la_5_2_de_soporte_largo() -> None:
    assert django.VERSION[:2] == (5, 2)
    assert any(d.startswith("django>=5.2") and "<5.3" in d for d in PROYECTO["dependencies"])


def test_python_y_sqlite_tienen_la_version_pedida() -> None:
    assert (3, 11) <= sys.version_info[:2] <= (3, 13)
    assert PROYECTO["requires-python"] == ">=3.11,<3.14"
    assert sqlite3.sqlite_version_info >= (3, 35)


@pytest.mark.parametrize(("pedida", "sucesora"), SUCESORAS.items())
def test_cada_biblioteca_pedida_esta_o_tiene_sucesora(pedida: str, sucesora: "str | None") -> None:
    directas = _directas()
    assert sucesora is None or sucesora in directas
    assert pedida == sucesora or pedida not in directas


def test_metatrader_solo_se_instala_en_windows() -> None:
    (mt5,) = PROYECTO["optional-dependencies"]["mt5"]
    assert mt5.startswith("MetaTrader5>=5.0.45;")
    assert "sys_platform == 'win32'" in mt5


def test_todo_lo_directo_esta_en_el_candado() -> None:
    assert {d.lower() for d in _directas()} <= CANDADO
