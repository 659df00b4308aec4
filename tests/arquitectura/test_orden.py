"""El orden de la casa: ficheros cortos, paquetes con su rótulo, aplicaciones declaradas y variables documentadas."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.arquitectura.codigo import PAQUETES, modulos
from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

MAXIMO, MAXIMO_EN_PRUEBAS = 400, 800
APLICACIONES = ("core", "trading", "simulacion", "historial", "dashboard", "notificaciones", "integracion_deriv")
VARIABLE = re.compile(r"\bTIMONEL_[A-Z0-9_]*[A-Z0-9]\b")


def _largo(ruta: Path) -> int:
    return len(ruta.read_text(encoding="utf-8").splitlines())


def test_ningun_fichero_pasa_de_cuatrocientas_lineas() -> None:
    sueltos = [*RAIZ.glob("*.py"), *(RAIZ / "benchmarks").glob("*.py"), *(RAIZ / "scripts").glob("*.*")]
    rutas = [RAIZ / modulo.ruta for modulo in modulos()] + sueltos
    assert {r.relative_to(RAIZ).as_posix(): n for r in rutas if (n := _largo(r)) > MAXIMO} == {}


def test_ninguna_prueba_pasa_de_ochocientas_lineas() -> None:
    rutas = (RAIZ / "tests").rglob("*.py")
    assert {r.relative_to(RAIZ).as_posix(): n for r in rutas if (n := _largo(r)) > MAXIMO_EN_PRUEBAS} == {}


def test_cada_fichero_dice_para_que_sirve() -> None:
    mudos = [m.ruta for m in modulos() if m.arbol.body and not ast.get_docstring(m.arbol)]
    assert mudos == []


def test_cada_carpeta_de_codigo_es_un_paquete() -> None:
    """Sin ``__init__.py``, uv_build no la empaqueta y pytest confunde dos ficheros con el mismo nombre."""
    bases = [RAIZ / paquete for paquete in PAQUETES] + [RAIZ / "tests"]
    carpetas = {ruta.parent for base in bases for ruta in base.rglob("*.py")}
    assert sorted(c.relative_to(RAIZ).as_posix() for c in carpetas if not (c / "__init__.py").exists()) == []


def test_las_siete_aplicaciones_estan_declaradas() -> None:
    from django.conf import settings

    instaladas = {aplicacion.split(".")[0] for aplicacion in settings.INSTALLED_APPS}
    assert set(APLICACIONES) <= instaladas
    assert [a for a in APLICACIONES if not (RAIZ / a / "apps.py").exists()] == []


def test_cada_paquete_se_empaqueta_y_tiene_piso() -> None:
    ajustes = tomllib.loads((RAIZ / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    pisos = " | ".join(ajustes["importlinter"]["contracts"][0]["layers"]).split(" | ")
    assert sorted(ajustes["uv"]["build-backend"]["module-name"]) == sorted(PAQUETES) == sorted(pisos)
    assert sorted(ajustes["importlinter"]["root_packages"]) == sorted(PAQUETES)


def test_cada_variable_de_entorno_esta_documentada_y_se_usa() -> None:
    usadas = {v for m in modulos() for v in VARIABLE.findall((RAIZ / m.ruta).read_text(encoding="utf-8"))}
    documentadas = set(VARIABLE.findall((RAIZ / ".env.ejemplo").read_text(encoding="utf-8")))
    assert usadas - documentadas == set(), "faltan en .env.ejemplo"
    assert documentadas - usadas == set(), "sobran en .env.ejemplo"


def test_el_ejemplo_de_entorno_no_trae_secretos() -> None:
    renglones = (RAIZ / ".env.ejemplo").read_text(encoding="utf-8").splitlines()
    valores = dict(r.lstrip("# ").split("=", 1) for r in renglones if re.match(r"^#? ?TIMONEL_\w+=", r))
    assert {n: v for n, v in valores.items() if v and re.search("TOKEN|CLAVE|APP_ID|CUENTA", n)} == {}


def test_los_ganchos_son_locales() -> None:
    ganchos = yaml.safe_load((RAIZ / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [r["repo"] for r in ganchos["repos"]] == ["local"]
    assert {g["id"] for g in ganchos["repos"][0]["hooks"]} == {"ruff", "mypy", "import-linter"}
