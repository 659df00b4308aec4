"""Apunta cómo acabó cada prueba en ``.pytest_cache``: la trazabilidad no da por hecha una fila cuya prueba falló.

Se apunta por función, sin parámetros: una sola variante que falla basta. Una prueba saltada no borra que antes pasó
(se salta, por ejemplo, donde no hay PostgreSQL), pero una que nunca pasó queda como saltada.
"""

import pytest

CLAVE = "timonel/resultados"


class Resultados:
    """Reúne los resultados de la sesión; con xdist solo escribe el proceso que reparte."""

    def __init__(self) -> None:
        self.de_ahora: dict[str, str] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        nombre = report.nodeid.split("[")[0]
        resultado = "skipped" if report.skipped else "passed" if report.passed else "failed"
        self.de_ahora[nombre] = peor(self.de_ahora.get(nombre), resultado)

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        cache = getattr(session.config, "cache", None)
        if cache is None or hasattr(session.config, "workerinput") or not self.de_ahora:
            return
        cache.set(CLAVE, fundir(cache.get(CLAVE, {}), self.de_ahora))


def peor(previo: "str | None", nuevo: str) -> str:
    """Devuelve el resultado de una prueba con variantes: falla si una falla, pasa si alguna pasa."""
    return next(r for r in ("failed", "passed", "skipped") if r in (previo, nuevo))


def fundir(guardados: "dict[str, str]", de_ahora: "dict[str, str]") -> "dict[str, str]":
    """Devuelve lo guardado con lo de ahora encima, salvo que ahora se haya saltado lo que antes pasó."""
    nuevos = {n: r for n, r in de_ahora.items() if not (r == "skipped" and guardados.get(n) == "passed")}
    return {**guardados, **nuevos}


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Resultados(), "timonel-resultados")
