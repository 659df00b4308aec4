"""Lo que necesitan las pruebas que entran al panel."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.fixture(autouse=True)
def _cache_limpia() -> Iterator[None]:
    """Cada prueba empieza sin códigos gastados: la caché es del proceso y los recuerda medio minuto."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def sin_plazo(request: pytest.FixtureRequest) -> None:
    """Resumir contraseñas y cargar las vistas tarda, y aquí todo pasa dentro de la transacción de la prueba.

    El plazo de PostgreSQL para transacciones ociosas la cortaría. Se recupera solo al deshacerla.
    """
    if request.node.get_closest_marker("django_db") is None:
        return
    request.getfixturevalue("_django_db_helper")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
