"""Lo común a todas las pruebas. La base de datos y la carpeta de datos las prepara ``tests/ajustes.py``."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as ajustes_hypothesis

from dominio.reloj import RelojManual

# Un equipo cargado no es un fallo: el plazo por ejemplo lo pone pytest-timeout.
ajustes_hypothesis.register_profile("timonel", deadline=None)
ajustes_hypothesis.load_profile("timonel")


def pytest_report_header() -> str:
    direccion = os.environ.get("TIMONEL_BASE_DE_DATOS", "")
    return f"base de datos: {'PostgreSQL' if direccion else 'SQLite'}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marca ``bd`` toda prueba que use la base: son las que se repiten en PostgreSQL."""
    for item in items:
        usa_base = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
        if usa_base or item.get_closest_marker("django_db"):
            item.add_marker("bd")


@pytest.fixture(scope="session", autouse=True)
def _procesos_hijos_con_los_ajustes_de_verdad() -> None:
    """Un programa lanzado por una prueba usa los ajustes de Timonel, no los de las pruebas."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "timonel.settings"


@pytest.fixture(scope="session", autouse=True)
def _vaciar_con_disparadores() -> Iterator[None]:
    """Las pruebas que confirman se limpian vaciando tablas: para eso, y solo ahí, se apartan los disparadores."""
    from django.test import TransactionTestCase

    original = TransactionTestCase._fixture_teardown

    def vaciar(caso: Any) -> None:
        with _sin_disparadores():
            original(caso)
        _sembrar()

    TransactionTestCase._fixture_teardown = vaciar
    yield
    TransactionTestCase._fixture_teardown = original


@contextmanager
def _sin_disparadores() -> Iterator[None]:
    from django.db import connection

    registro = importlib.import_module("historial.migrations.0002_registro_inalterable")
    if connection.vendor == "postgresql":
        antes = ["ALTER TABLE auditoria DISABLE TRIGGER USER"]
        despues = ["ALTER TABLE auditoria ENABLE TRIGGER USER"]
    else:
        antes, despues = registro.SQLITE_QUITAR, registro.SQLITE
    with connection.cursor() as cursor:
        for sentencia in antes:
            cursor.execute(sentencia)
    yield
    with connection.cursor() as cursor:
        for sentencia in despues:
            cursor.execute(sentencia)


def _sembrar() -> None:
    from django.apps import apps
    from django.db import connection

    with connection.schema_editor() as editor:
        importlib.import_module("historial.migrations.0003_filas_iniciales").poner(apps, editor)


@pytest.fixture
def reloj() -> RelojManual:
    """Un reloj que solo avanza cuando la prueba lo dice."""
    return RelojManual()


@pytest.fixture
def carpeta_datos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Path:
    """Una carpeta de datos vacía para esta prueba y los programas que lance."""
    datos = tmp_path / "datos"
    datos.mkdir()
    monkeypatch.setenv("TIMONEL_DATOS", str(datos))
    settings.DATOS = datos
    return datos


@pytest.fixture
def entorno_hijo(transactional_db: None, carpeta_datos: Path) -> dict[str, str]:
    """El entorno de un programa que comparte la base de esta prueba (necesita transacciones confirmadas)."""
    return os.environ | {"TIMONEL_BASE_DE_DATOS": direccion_de_la_base(), "TIMONEL_DATOS": str(carpeta_datos)}


def direccion_de_la_base() -> str:
    """Devuelve ``TIMONEL_BASE_DE_DATOS`` de la base que usan ahora las pruebas."""
    from urllib.parse import quote

    from django.db import connection

    base = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{str(base['NAME']).lstrip('/')}" if os.name == "nt" else f"sqlite://{base['NAME']}"
    quien = quote(base["USER"]) + (f":{quote(base['PASSWORD'])}" if base["PASSWORD"] else "")
    if base["HOST"].startswith("/"):
        return f"postgresql://{quien}@/{base['NAME']}?host={base['HOST']}"
    return f"postgresql://{quien}@{base['HOST']}:{base['PORT'] or 5432}/{base['NAME']}"
