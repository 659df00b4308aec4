"""Al final de la sesión dice cuántos mensajes de cada llamada se comprobaron contra los esquemas oficiales."""

import sys
from collections import Counter
from typing import Any

import pytest

CLAVE = "esquemas"


class RecuentoEsquemas:
    """Suma los recuentos de este proceso y los de los obreros de xdist."""

    def __init__(self) -> None:
        self.suma: Counter[tuple[str, ...]] = Counter()

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        propios = _totales()
        salida = getattr(session.config, "workeroutput", None)
        if salida is not None:
            salida[CLAVE] = [[*clave, veces] for clave, veces in propios.items()]
        else:
            self.suma.update(propios)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        for *clave, veces in getattr(node, "workeroutput", {}).get(CLAVE, []):
            self.suma[tuple(clave)] += veces

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.suma:
            return
        terminalreporter.section("mensajes comprobados contra los esquemas oficiales")
        for (direccion, dialecto, llamada), veces in sorted(self.suma.items()):
            terminalreporter.write_line(f"{direccion:9} {dialecto:6} {llamada:24} {veces:7}")
        terminalreporter.write_line(f"total: {sum(self.suma.values())} mensajes")


def _totales() -> "Counter[tuple[str, ...]]":
    suma: Counter[tuple[str, ...]] = Counter()
    for nombre in ("tests.esquemas_deriv", "tests.esquemas_twilio"):
        modulo = sys.modules.get(nombre)
        suma.update(modulo.TOTALES if modulo is not None else {})
    return suma


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(RecuentoEsquemas(), "timonel-esquemas")
