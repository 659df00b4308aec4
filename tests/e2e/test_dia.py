"""``timonel simular dia``, en su proceso: stop, pausa con entradas ficticias, mejor hora, vuelta y los cuatro avisos.

Aquí la pausa es de media hora; con las 24 la prueba es la misma y dura más (``nocturno``).
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.xdist_group("procesos")]
AVISOS = ("fin_de_pausa", "inicio_operativa", "reactivacion", "stop_loss")


def _vivir(datos: Path, horas: str, limite_s: float) -> dict[str, Any]:
    limpio = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    entorno = {**limpio, "TIMONEL_DATOS": str(datos), "TIMONEL_FICHERO_ENV": str(datos / "sin.env")}
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel", "simular", "dia", "--horas", horas, "--json"],
        capture_output=True, text=True, check=False, env=entorno, timeout=limite_s,
    )  # fmt: skip
    assert hecho.returncode == 0, hecho.stdout[-2000:] + hecho.stderr[-2000:]
    return dict(json.loads(hecho.stdout.splitlines()[-1]))


def _comprobar(dia: dict[str, Any], horas: float) -> None:
    pausado, reanuda, entra, operando = (
        datetime.fromisoformat(dia[clave]) for clave in ("pausado_en", "reanuda_en", "entra_en", "operando_en")
    )
    assert reanuda - pausado == timedelta(hours=horas)
    assert reanuda <= entra <= operando <= entra + timedelta(seconds=1)
    assert dia["ordenes_en_sede_durante_pausa"] == 0 < dia["ordenes_en_sede"]
    assert dia["ficticias"] >= 20 and dia["mejor_hora"] in range(24) and dia["veredicto"]
    recibidos = [(uno["plantilla"], uno["destinatario"], uno["veces"]) for uno in dia["mensajes"]]
    assert recibidos == [(tipo, destino, 1) for tipo in AVISOS for destino in ("destino-1", "destino-2")]
    assert dia["violaciones"] == []


@pytest.mark.timeout(240)
def test_del_stop_a_volver_a_operar_con_un_aviso_en_cada_paso(tmp_path: Path) -> None:
    _comprobar(_vivir(tmp_path, "0.5", 220), 0.5)


@pytest.mark.nocturno
@pytest.mark.timeout(1800)
def test_con_las_veinticuatro_horas(tmp_path: Path) -> None:
    _comprobar(_vivir(tmp_path, "24", 1700), 24)
