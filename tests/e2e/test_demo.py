"""La demostración como la usa un recién llegado: en su proceso, con su base, y también cuando la matan."""

import csv
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulacion.sedes.deriv.modelos import Contrato

pytestmark = [pytest.mark.xdist_group("procesos"), pytest.mark.timeout(240)]
SONDEO_S = 0.25


class _Libro(msgspec.Struct):
    contratos: list[Contrato]


def _entorno(datos: Path) -> dict[str, str]:
    limpio = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    return {**limpio, "TIMONEL_DATOS": str(datos), "TIMONEL_FICHERO_ENV": str(datos / "sin.env")}


def _timonel(datos: Path, *orden: str) -> dict[str, Any]:
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel", *orden, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=_entorno(datos),
    )
    assert hecho.returncode == 0, hecho.stdout + hecho.stderr
    return json.loads(hecho.stdout.splitlines()[-1])


def _propios(datos: Path) -> list[Contrato]:
    libro = msgspec.json.decode((datos / "demo" / "libro.json").read_bytes(), type=_Libro)
    return [contrato for contrato in libro.contratos if contrato.propia]


def _centimos(valor: float) -> Decimal:
    return Decimal(str(valor)).quantize(Decimal("0.01"))


def test_la_demo_cuadra_al_centimo_y_su_csv_es_el_libro_de_la_sede(tmp_path):
    resumen = _timonel(tmp_path, "demo", "--segundos", "25", "--semilla", "7")
    contratos = _propios(tmp_path)
    cerrados = [contrato for contrato in contratos if contrato.cerrado]
    assert resumen["contratos"] == len(cerrados) >= 1
    assert resumen["ganados"] == sum(contrato.estado == "won" for contrato in cerrados)
    beneficio = sum((contrato.beneficio for contrato in cerrados), Decimal(0))
    assert _centimos(resumen["beneficio_total"]) == beneficio
    assert _centimos(resumen["balance_final"]) - _centimos(resumen["balance_inicial"]) == beneficio
    assert {"ciclo", "semilla", "perdidos", "bots"} <= resumen.keys()
    assert resumen["bots"][0]["contratos"] == resumen["contratos"]
    exportado = _timonel(tmp_path, "exportar", "--bot", "deriv_dinamico", "--salida", str(tmp_path / "o.csv"))
    filas = list(csv.DictReader((tmp_path / "o.csv").open(encoding="utf-8-sig")))
    assert exportado["filas"] == len(filas) == len(contratos)
    de_la_sede = {
        str(c.id): (c.pedido.simbolo, c.pedido.tipo, c.precio, c.entrada[1] if c.entrada else None) for c in contratos
    }
    del_csv = {
        f["numero_contrato"]: (f["activo"], f["direccion"], Decimal(f["monto"]), float(f["precio_entrada"]))
        for f in filas
    }
    assert del_csv == de_la_sede


def test_matada_a_medias_sigue_con_la_misma_cuenta_y_no_pierde_nada(tmp_path):
    victima = subprocess.Popen(
        [sys.executable, "-m", "timonel", "demo", "--json", "--semilla", "5"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_entorno(tmp_path),
    )
    try:
        for _ in range(400):
            with pytest.raises(subprocess.TimeoutExpired):
                victima.wait(SONDEO_S)
            if (tmp_path / "demo" / "libro.json").exists() and _propios(tmp_path):
                break
    finally:
        victima.kill()
        victima.wait()
    antes = [contrato.id for contrato in _propios(tmp_path)]
    assert antes
    resumen = _timonel(tmp_path, "demo", "--segundos", "6")
    assert (resumen["reanudada"], resumen["semilla"]) == (True, 5)
    despues = _propios(tmp_path)
    assert [contrato.id for contrato in despues][: len(antes)] == antes
    assert all(contrato.cerrado for contrato in despues)
    exportado = _timonel(tmp_path, "exportar", "--bot", "deriv_dinamico", "--salida", str(tmp_path / "o.csv"))
    assert exportado["filas"] == len(despues)
