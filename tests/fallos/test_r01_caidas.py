"""R01 y R07 con procesos de verdad: mueren por SIGKILL en cada punto de una orden, o se congelan con SIGSTOP."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.fallos, pytest.mark.xdist_group("procesos")]


def _caidas(repeticiones: int, carpeta) -> dict:
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel.cli", "simular", "caidas", "--repeticiones", str(repeticiones), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TIMONEL_DATOS": str(carpeta)},
    )
    assert hecho.stdout, hecho.stderr[-2000:]
    return json.loads(hecho.stdout.splitlines()[-1])


def _comprobar(resultado: dict, muertes: int) -> None:
    assert resultado["violaciones"] == []
    assert resultado["muertes"] == muertes
    assert (resultado["duplicadas"], resultado["huerfanas"]) == (0, 0)
    assert resultado["recuperacion_max_s"] < 30
    assert resultado["resolucion_max_s"] < 90
    assert resultado["congelados"] > 0
    assert resultado["envios_con_ficha_vieja"] == 0


def test_r01_veinte_muertes_por_punto_y_r07_jefes_congelados(tmp_path):
    _comprobar(_caidas(20, tmp_path), 100)


@pytest.mark.nocturno
@pytest.mark.timeout(3600)
def test_r01_doscientas_muertes_por_punto(tmp_path):
    _comprobar(_caidas(200, tmp_path), 1000)
