"""La preparación del entorno, con un Python y un uv de mentira: qué hace, qué no repite y cómo falla."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rutas import RAIZ

pytestmark = [
    pytest.mark.rapido,
    pytest.mark.skipif(os.name == "nt", reason="en Windows se prepara a mano: véase README.md"),
]

# Un Python que dice su ruta, «crea» el entorno de uv e «instala» un uv, según lo que se le deje hacer.
PYTHON = """#!/bin/sh
echo "python $*" >>"$REGISTRO_PRUEBA"
case "$1" in
-c) echo "$0" ;;
-m)
    case "$2:$FALLA" in
    venv:*venv* | pip:*pip*) exit 1 ;;
    venv:*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    pip:*red*) [ "$3" = --version ] || exit 1 ;;
    pip:*) [ "$3" = --version ] || { mkdir -p .uv/bin && cp "$UV_PRUEBA" .uv/bin/uv; } ;;
    esac ;;
esac
"""
UV = """#!/bin/sh
echo "uv $*" >>"$REGISTRO_PRUEBA"
case "$1:$FALLA" in
--version:*) echo "uv 0.13.8" ;;
sync:*sinc*) echo "Traceback: detalle" >&2; exit 2 ;;
sync:*) bin="${UV_PROJECT_ENVIRONMENT:-.venv}/bin"; mkdir -p "$bin" && cp "$PY_PRUEBA" "$bin/python" ;;
run:*) exit 7 ;;
esac
"""


class Copia:
    """Una copia de trabajo con espacios en la ruta y herramientas de mentira."""

    def __init__(self, base: Path) -> None:
        self.raiz = base / "una copia"
        (self.raiz / "scripts").mkdir(parents=True)
        shutil.copy(RAIZ / "scripts" / "con_entorno.sh", self.raiz / "scripts")
        for nombre in ("uv.lock", "pyproject.toml"):
            (self.raiz / nombre).write_text("", encoding="utf-8")
            os.utime(self.raiz / nombre, (1, 1))
        self.python, self.uv, self.registro = base / "python3.11", base / "uv-falso", base / "registro"
        for ruta, texto in ((self.python, PYTHON), (self.uv, UV)):
            ruta.write_text(texto, encoding="utf-8")
            ruta.chmod(0o755)

    def correr(self, *argumentos: str, **entorno: str) -> "subprocess.CompletedProcess[str]":
        variables = {
            "PATH": os.environ["PATH"], "PY": str(self.python), "PY_PRUEBA": str(self.python),
            "UV_PRUEBA": str(self.uv), "REGISTRO_PRUEBA": str(self.registro), "FALLA": "",
        }  # fmt: skip
        self.registro.write_text("", encoding="utf-8")
        orden = ["/bin/sh", str(self.raiz / "scripts" / "con_entorno.sh"), *argumentos]
        return subprocess.run(
            orden, capture_output=True, text=True, check=False, timeout=30, env=variables | entorno, cwd="/"
        )

    def hecho(self) -> list[str]:
        return [r for r in self.registro.read_text(encoding="utf-8").splitlines() if r.startswith("uv ")]


@pytest.fixture
def copia(tmp_path: Path) -> Copia:
    return Copia(tmp_path)


def test_la_primera_vez_instala_y_la_segunda_solo_ejecuta(copia: Copia) -> None:
    assert copia.correr("demo", "timonel", "demo", "--json").returncode == 7  # el de la orden, tal cual
    assert copia.hecho() == [
        "uv sync --frozen --no-default-groups --inexact",
        "uv run --frozen --no-sync -- timonel demo --json",
    ]
    copia.correr("demo", "timonel", "demo")
    assert copia.hecho() == ["uv --version", "uv run --frozen --no-sync -- timonel demo"]


def test_las_pruebas_instalan_todo_y_valen_tambien_para_la_demo(copia: Copia) -> None:
    copia.correr("test", "pytest")
    assert copia.hecho()[0] == "uv sync --frozen"
    copia.correr("demo", "timonel")
    assert not any("sync --frozen" in orden for orden in copia.hecho())


def test_un_candado_nuevo_obliga_a_sincronizar(copia: Copia) -> None:
    copia.correr("test", "pytest")
    os.utime(copia.raiz / "uv.lock", (4_000_000_000, 4_000_000_000))
    copia.correr("test", "pytest")
    assert "uv sync --frozen" in copia.hecho()


def test_respeta_el_entorno_que_se_le_nombra(copia: Copia, tmp_path: Path) -> None:
    ajeno = tmp_path / "otro entorno"
    copia.correr("demo", UV_PROJECT_ENVIRONMENT=str(ajeno))
    assert (ajeno / ".demo").exists()
    assert not (copia.raiz / ".venv").exists()


@pytest.mark.parametrize(
    ("entorno", "codigo", "salida"),
    [
        ({"PY": "/bin/true"}, "ENT-PY2", 2),
        ({"PY": "", "PATH": "{vacio}"}, "ENT-PY1", 2),
        ({"FALLA": "venv pip"}, "ENT-VENV1", 2),
        ({"FALLA": "red"}, "ENT-RED1", 3),
        ({"FALLA": "sinc"}, "ENT-RED2", 3),
    ],
)
def test_cada_fallo_es_una_frase_con_codigo(
    copia: Copia, tmp_path: Path, entorno: dict[str, str], codigo: str, salida: int
) -> None:
    vacio = tmp_path / "vacio"
    vacio.mkdir()
    for orden in ("dirname", "find", "cut", "rm", "mkdir"):
        (vacio / orden).symlink_to(shutil.which(orden) or "/bin/false")
    fin = copia.correr("demo", "timonel", **{clave: valor.format(vacio=vacio) for clave, valor in entorno.items()})
    ultima = fin.stderr.splitlines()[-1]
    assert (fin.returncode, ultima.split(":")[0]) == (salida, codigo), fin.stderr
    assert "Traceback" not in fin.stderr


def test_sin_venv_vale_el_pip_del_sistema(copia: Copia) -> None:
    assert copia.correr("demo", "timonel", FALLA="venv").returncode == 7
