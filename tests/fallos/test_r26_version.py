"""R26: un código viejo no arranca sobre una base nueva. Lo dice con su código y no cambia nada; parar, sí puede."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.recorder import MigrationRecorder

from dominio.errores import ErrorConfiguracion
from timonel.arranque import exigir_version, preparar

pytestmark = pytest.mark.fallos

DEL_FUTURO = [("historial", "0099_del_futuro"), ("core", "0042_otra"), ("aplicacion_nueva", "0001_inicial")]


@pytest.mark.django_db
@pytest.mark.parametrize(("aplicacion", "nombre"), DEL_FUTURO)
@pytest.mark.parametrize("migrar", [True, False])
def test_r26_una_migracion_desconocida_impide_arrancar(aplicacion: str, nombre: str, migrar: bool) -> None:
    MigrationRecorder.Migration.objects.create(app=aplicacion, name=nombre)
    with pytest.raises(ErrorConfiguracion) as motivo:
        preparar(migrar=migrar)
    assert motivo.value.codigo == "VER-01"
    assert motivo.value.detalle["migraciones"] == [f"{aplicacion}.{nombre}"]
    assert motivo.value.salida == 2


@pytest.mark.django_db
def test_r26_con_las_propias_se_arranca() -> None:
    exigir_version()


def _timonel(datos: Path, *orden: str) -> subprocess.CompletedProcess[str]:
    entorno = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    return subprocess.run(
        [sys.executable, "-m", "timonel.cli", *orden],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=entorno | {"TIMONEL_DATOS": str(datos)},
    )


def test_r26_las_ordenes_lo_dicen_y_alto_sigue_parando(tmp_path: Path) -> None:
    assert _timonel(tmp_path, "estado", "--json").returncode == 0
    base = tmp_path / "timonel.sqlite3"
    with sqlite3.connect(base) as conexion:
        conexion.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('historial', '0099_x', '2027-01-01')"
        )
    tablas = _esquema(base)
    for orden in (["operar", "deriv_dinamico", "--segundos", "5"], ["demo", "--segundos", "5"], ["estado"]):
        hecho = _timonel(tmp_path, *orden, "--json")
        assert hecho.returncode == 2
        assert json.loads(hecho.stdout.splitlines()[-1])["error"]["codigo"] == "VER-01"
        assert "Traceback" not in hecho.stderr
    assert _esquema(base) == tablas
    _timonel(tmp_path, "alto")
    assert (tmp_path / "ALTO").exists()


def _esquema(base: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(base) as conexion:
        return conexion.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
