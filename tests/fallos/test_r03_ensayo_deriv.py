"""R03 y R05 de punta a punta: todos los interruptores de la sede; cliente, pasarela y base de verdad."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.fallos


def _ensayo(contratos: int, semilla: int, carpeta) -> dict:
    orden = ["simular", "deriv", "--contratos", str(contratos), "--fallos", "todos", "--sin-pausa"]
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel.cli", *orden, "--semilla", str(semilla), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TIMONEL_DATOS": str(carpeta)},
    )
    assert hecho.stdout, hecho.stderr[-2000:]
    return json.loads(hecho.stdout.splitlines()[-1])


def _comprobar(resultado: dict, contratos: int) -> None:
    assert resultado["violaciones"] == []
    assert resultado["compras_propias_en_sede"] == resultado["intenciones_aceptadas"] >= contratos
    assert (resultado["duplicadas"], resultado["huerfanas"], resultado["abiertas_max"]) == (0, 0, 1)
    assert (resultado["compras_con_desconocida"], resultado["conexiones_a_real"]) == (0, 0)
    cuadre = resultado["beneficio_total"] + resultado["movimientos_ajenos"]
    assert round(resultado["delta_balance"], 2) == round(cuadre, 2)


def test_ciento_cincuenta_contratos_con_todos_los_fallos(tmp_path):
    _comprobar(_ensayo(150, 11, tmp_path), 150)


@pytest.mark.nocturno
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("semilla", [101, 102, 103])
def test_mil_contratos_con_todos_los_fallos(semilla, tmp_path):
    resultado = _ensayo(1000, semilla, tmp_path)
    _comprobar(resultado, 1000)
    assert len(resultado["fallos"]) >= 20
    assert all(veces > 0 for veces in resultado["fallos"].values())
