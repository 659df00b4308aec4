"""Qué despierta al vigía: una pista de que quizá hay algo nuevo. Ninguna verdad depende de ellas.

SQLite: ``PRAGMA data_version`` cambia cuando otra conexión confirma. PostgreSQL: LISTEN. Si falla, se sondea.
"""

import threading
from contextlib import suppress
from typing import Any, Protocol

from django.db import Error, connection

CANAL = "timonel_vivo"
MIRAR_CADA_S = 0.05
SONDEO_S = 0.25
_TROZO_S = 0.25  # lo que puede tardar en notar que se cierra quien espera un NOTIFY


class Pista(Protocol):
    """Lo que el vigía necesita para no preguntar a ciegas."""

    def esperar(self, tope_s: float) -> bool:
        """Devuelve si puede haber algo nuevo; como mucho espera ``tope_s``."""

    def cerrar(self) -> None:
        """Suelta lo que tenga abierto."""


class PistaSQLite:
    """Mira cada 50 ms si otra conexión ha confirmado algo. Usa la conexión del hilo, que solo lee."""

    def __init__(self, cerrando: threading.Event) -> None:
        self._cerrando = cerrando
        self._version: int | None = None

    def esperar(self, tope_s: float) -> bool:
        pasos = max(1, round(tope_s / MIRAR_CADA_S))
        for _ in range(pasos):
            version = self._leer()
            if version != self._version:
                self._version = version
                return True
            if self._cerrando.wait(MIRAR_CADA_S):
                return False
        return False

    def _leer(self) -> int:
        with connection.cursor() as cursor:
            return int(cursor.execute("PRAGMA data_version").fetchone()[0])

    def cerrar(self) -> None:
        self._version = None


class PistaPostgres:
    """Oye los NOTIFY en una conexión propia."""

    def __init__(self, cerrando: threading.Event) -> None:
        self._cerrando = cerrando
        self._propia: Any = connection.copy()
        self._propia.ensure_connection()
        self._propia.connection.execute(f"LISTEN {CANAL}")
        self._primera = True

    def esperar(self, tope_s: float) -> bool:
        if self._primera:  # lo confirmado antes de empezar a oír no avisó
            self._primera = False
            return True
        quedan = tope_s
        with self._propia.wrap_database_errors:
            while quedan > 0 and not self._cerrando.is_set():
                if list(self._propia.connection.notifies(timeout=min(_TROZO_S, quedan), stop_after=1)):
                    return True
                quedan -= _TROZO_S
        return False

    def cerrar(self) -> None:
        with suppress(Error):
            self._propia.close()


class PistaSondeo:
    """Sin pista: cada cuarto de segundo quizá haya algo."""

    def __init__(self, cerrando: threading.Event) -> None:
        self._cerrando = cerrando

    def esperar(self, tope_s: float) -> bool:
        return not self._cerrando.wait(min(SONDEO_S, tope_s))

    def cerrar(self) -> None:
        """No hay nada abierto."""


def crear_pista(cerrando: threading.Event) -> Pista:
    """Devuelve la mejor pista que dé esta base."""
    if connection.vendor != "postgresql":
        return PistaSQLite(cerrando)
    try:
        return PistaPostgres(cerrando)
    except Error:
        return PistaSondeo(cerrando)
