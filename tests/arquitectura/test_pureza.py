"""El motor es puro: ni Django, ni red, ni reloj de pared, ni azar. Y fuera de él, la hora y el azar se inyectan."""

import ast

import pytest

from tests.arquitectura.codigo import PAQUETES, es_puro, importaciones, modulos, usos
from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

VEDADO_A_LO_PURO = frozenset(
    {
        "django", "rest_framework", "celery", "asyncio", "socket", "ssl", "http", "urllib", "aiohttp", "picows",
        "websockets", "requests", "httpx", "ccxt", "time", "random", "secrets", "uuid", "threading",
        "multiprocessing", "subprocess", "selectors", "signal", "sqlite3", "psycopg",
    }
)  # fmt: skip

# Lo que mira la hora de pared, duerme o tira dados sin pasar por dominio.reloj o dominio.azar.
HORA = frozenset(
    {
        "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
        "time.time", "time.time_ns", "time.sleep", "time.localtime", "time.gmtime",
        "django.utils.timezone.now", "django.utils.timezone.localtime", "django.utils.timezone.localdate",
    }
)  # fmt: skip
AZAR = ("random.", "uuid.uuid1", "uuid.uuid4", "numpy.random.")
# Los generadores de numpy, con su semilla, son azar inyectado; sin semilla, no.
SEMBRABLES = frozenset(
    f"numpy.random.{nombre}"
    for nombre in ("default_rng", "Generator", "BitGenerator", "SeedSequence", "PCG64", "PCG64DXSM", "Philox", "SFC64")
)

COSTURAS = ("dominio/reloj.py", "dominio/azar.py")
# (fichero, nombre): por qué. Una excepción que ya no hace falta también es un fallo.
EXCEPCIONES: dict[tuple[str, str], str] = {}


def _infracciones(arbol: ast.Module) -> list[tuple[str, int]]:
    """Devuelve (nombre, renglón) de cada uso de la hora o del azar que no pasa por una costura."""
    llamadas = (nodo for nodo in ast.walk(arbol) if isinstance(nodo, ast.Call))
    sin_semilla = {id(nodo.func) for nodo in llamadas if not nodo.args and not nodo.keywords}
    return [
        (nombre, getattr(nodo, "lineno", 0))
        for nombre, nodo in usos(arbol)
        if nombre in HORA or (nombre.startswith(AZAR) and (nombre not in SEMBRABLES or id(nodo) in sin_semilla))
    ]


def test_lo_puro_no_importa_ni_red_ni_hora_ni_azar() -> None:
    puros = [modulo for modulo in modulos() if es_puro(modulo)]
    assert {modulo.partes[0] for modulo in puros} >= {"dominio", "trading", "indicadores", "core"}
    intrusos = [
        f"{modulo.ruta}:{renglon} importa {nombre}"
        for modulo in puros
        for nombre, renglon in importaciones(modulo.arbol)
        if nombre.split(".")[0] in VEDADO_A_LO_PURO and not nombre.startswith("urllib.parse")
    ]
    assert intrusos == []


def test_la_hora_y_el_azar_solo_salen_de_las_costuras() -> None:
    halladas = {
        (modulo.ruta, nombre): renglon
        for modulo in modulos()
        if modulo.ruta not in COSTURAS
        for nombre, renglon in _infracciones(modulo.arbol)
    }
    sobran = [f"{ruta}:{halladas[ruta, nombre]} usa {nombre}" for ruta, nombre in halladas.keys() - EXCEPCIONES.keys()]
    assert sorted(sobran) == [], "inyecte dominio.reloj.Reloj o dominio.azar.Azar por el constructor"
    assert EXCEPCIONES.keys() - halladas.keys() == set(), "excepciones que ya no hacen falta"


@pytest.mark.parametrize(
    ("codigo", "cuantas"),
    [
        ("from datetime import datetime as dt\nx = dt.now()", 1),
        ("import time as t\nt.sleep(1)", 1),
        ("from time import time\nreloj = time", 1),
        ("import random\nrandom.choice([1])", 1),
        ("from uuid import uuid4\nuuid4()", 1),
        ("import numpy as np\nnp.random.default_rng()", 1),
        ("import numpy as np\nnp.random.rand(3)", 1),
        ("import numpy as np\nnp.random.default_rng(7)", 0),
        ("from django.utils import timezone\ntimezone.now()", 1),
        ("import time\ntime.monotonic()", 0),
        ("from datetime import datetime\ndatetime.fromtimestamp(0)", 0),
        ("reloj.ahora()", 0),
    ],
)
def test_la_busqueda_reconoce_cada_forma_de_mirar_la_hora_o_tirar_dados(codigo: str, cuantas: int) -> None:
    assert len(_infracciones(ast.parse(codigo))) == cuantas


def test_no_hay_pisos_sin_mirar() -> None:
    ajenas = {".venv", "tests", "benchmarks", "scripts", "docs"}
    carpetas = {ruta.parent.name for ruta in RAIZ.glob("*/__init__.py")} - ajenas
    assert carpetas == set(PAQUETES)
