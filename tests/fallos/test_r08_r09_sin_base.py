"""R08 y R09: la base muere (SIGKILL a PostgreSQL) o el disco se llena, en cada punto de un envío.

No sale nada sin intención confirmada; a oscuras el bot insiste sin enviar; al volver la base se recupera en menos de
15 s y no falta ni sobra ninguna orden. Una avería por punto en cada petición de cambio; doce por la noche.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.rutas import RAIZ

pytestmark = pytest.mark.fallos

RECUPERADO_S = 15.0


def _ensayar(modo: str, vueltas: int) -> dict[str, Any]:
    entorno = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    hecho = subprocess.run(
        [sys.executable, "-m", "tests.fallos.hijo_sin_base", modo, str(vueltas)],
        cwd=RAIZ,
        capture_output=True,
        text=True,
        check=False,
        env=entorno,
    )
    assert hecho.returncode == 0, hecho.stderr[-3000:]
    cifras = json.loads(hecho.stdout.splitlines()[-1])
    if "saltar" in cifras:
        pytest.skip(cifras["saltar"])
    return cifras


def _comprobar(cifras: dict[str, Any], vueltas: int) -> None:
    assert cifras["averias"] == 5 * vueltas
    assert cifras["intentos_sin_base"] >= 5 * cifras["averias"]
    assert cifras["envios_sin_base"] == 0
    assert cifras["violaciones"] == []
    assert cifras["en_duda"] == 0
    assert cifras["recuperacion_max_s"] < RECUPERADO_S


def test_r08_postgresql_muere_en_cada_punto_y_vuelve() -> None:
    _comprobar(_ensayar("postgresql", 1), 1)


def test_r09_el_disco_se_llena_en_cada_punto() -> None:
    _comprobar(_ensayar("disco", 1), 1)


@pytest.mark.nocturno
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("modo", ["postgresql", "disco"])
def test_r08_r09_doce_veces_en_cada_punto(modo: str) -> None:
    _comprobar(_ensayar(modo, 12), 12)
