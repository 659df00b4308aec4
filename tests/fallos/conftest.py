"""Lo nocturno corre cuando se pide todo o se nombra: ``-m fallos`` y ``-m pausa`` son las versiones cortas."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Aparta lo nocturno si se eligió por marca sin nombrarlo."""
    expresion = config.option.markexpr
    if not expresion or "nocturno" in expresion:
        return
    apartados = [item for item in items if item.get_closest_marker("nocturno")]
    if apartados:
        items[:] = [item for item in items if not item.get_closest_marker("nocturno")]
        config.hook.pytest_deselected(items=apartados)
