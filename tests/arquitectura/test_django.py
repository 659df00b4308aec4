"""Quién puede conocer Django: los módulos con nombre de Django, y nadie más."""

import json
import subprocess
import sys

import pytest

from tests.arquitectura.codigo import Modulo, es_puro, importaciones, modulos
from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

MARCOS = ("django", "rest_framework", "drf_spectacular", "celery", "knox", "allauth", "axes")
ENTEROS = ("timonel", "dashboard")
# En estos, solo apps.py.
SOLO_APPS = ("dominio", "indicadores", "trading", "integracion_deriv", "integracion_bitget", "integracion_mt5")
DEL_HISTORIAL = frozenset({"diario", "arriendo", "auditoria", "csv_operaciones", "csv_copia"})
CON_NOMBRE = frozenset(
    {
        "models", "services", "selectors", "apis", "serializers", "permissions", "views", "urls", "forms",
        "middleware", "tasks", "admin", "apps", "signals", "consumers", "migrations", "management", "templatetags",
    }
)  # fmt: skip


def puede(modulo: Modulo) -> bool:
    """Devuelve si un módulo puede importar Django, por su nombre o el de alguna de sus carpetas."""
    paquete, *resto = modulo.partes
    if paquete in ENTEROS:
        return True
    if paquete in SOLO_APPS:
        return resto == ["apps"]
    return bool(CON_NOMBRE & set(resto)) or (paquete == "historial" and resto[0] in DEL_HISTORIAL)


@pytest.mark.parametrize(
    ("ruta", "si"),
    [
        ("timonel/cli/estado.py", True),
        ("dashboard/paginas.py", True),
        ("historial/diario.py", True),
        ("historial/auditoria/cadena.py", True),
        ("historial/models/ordenes.py", True),
        ("core/services.py", True),
        ("core/management/commands/x.py", True),
        ("trading/apps.py", True),
        ("trading/services.py", False),
        ("integracion_deriv/models.py", False),
        ("historial/ejecutores.py", False),
        ("core/balance.py", False),
        ("bots/deriv/bucle.py", False),
        ("core/__init__.py", False),
    ],
)
def test_la_regla_distingue_quien_puede(ruta: str, si: bool) -> None:
    assert puede(Modulo(ruta)) is si


def test_solo_los_modulos_con_nombre_de_django_lo_importan() -> None:
    intrusos = [
        f"{modulo.ruta}:{renglon} importa {nombre}"
        for modulo in modulos()
        if not puede(modulo)
        for nombre, renglon in importaciones(modulo.arbol)
        if nombre.split(".")[0] in MARCOS
    ]
    assert intrusos == []


def _cargados(*nombres: str) -> set[str]:
    """Devuelve los paquetes que hay en memoria tras importar esos módulos en un proceso limpio."""
    programa = (
        "import importlib, json, sys\n"
        f"for nombre in {list(nombres)!r}: importlib.import_module(nombre)\n"
        "print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    fin = subprocess.run([sys.executable, "-c", programa], cwd=RAIZ, capture_output=True, text=True, check=False)
    assert fin.returncode == 0, fin.stderr[-2000:]
    return set(json.loads(fin.stdout.splitlines()[-1]))


def test_importar_lo_puro_y_las_sedes_no_carga_django() -> None:
    sin_django = [m.nombre for m in modulos() if es_puro(m) or (m.partes[0] in SOLO_APPS and m.partes[-1] != "apps")]
    assert len(sin_django) > 20
    assert _cargados(*sin_django) & set(MARCOS) == set()


@pytest.mark.parametrize("nombre", ["timonel", "timonel.alto"])
def test_parar_no_necesita_ni_django_ni_celery(nombre: str) -> None:
    """``python -m timonel.alto`` tiene que arrancar deprisa y con la base de datos rota."""
    if nombre == "timonel.alto" and not (RAIZ / "timonel" / "alto.py").exists():
        pytest.skip("timonel/alto.py aún no existe")
    assert _cargados(nombre) & {*MARCOS, "ccxt", "polars", "pandas", "sklearn", "scipy", "talib"} == set()
