"""Cada prueba empieza sin códigos gastados: la caché es del proceso y los recuerda medio minuto."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _cache_limpia() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
