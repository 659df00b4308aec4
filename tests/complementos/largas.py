"""Las pruebas lentas y las nocturnas solo se corren con ``--largo`` (es lo que hace ``make test-largo``)."""

import pytest

LARGAS = ("lento", "nocturno")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--largo", action="store_true", help="corre también las pruebas lentas y las nocturnas")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Aparta las largas: no son saltos, es que hoy no se han pedido."""
    if config.getoption("--largo"):
        return
    largas = [item for item in items if any(item.get_closest_marker(marca) for marca in LARGAS)]
    if largas:
        config.hook.pytest_deselected(items=largas)
        items[:] = [item for item in items if item not in set(largas)]
