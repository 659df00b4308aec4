"""Apunta cuándo llegan los octetos de un tick y cuándo se pasa por cada etapa hasta que la compra está en el cable."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

from aiohttp.client_proto import ResponseHandler

from apoyo.sede_minima import ELEGIDO
from dominio import puntos_fallo

MARCA, SIMBOLO = b'"tick":{', ELEGIDO.encode()


class Marcas:
    """Las horas (ns) de una vuelta. ``armar`` antes de pedir el tick; ``etapas`` junta las de todas las vueltas.

    La llegada es la entrada en ``data_received``: los octetos acaban de salir del socket y nadie los ha mirado.
    """

    def __init__(self) -> None:
        self.llegada = 0
        self.armada = False
        self.horas: dict[str, int] = {}
        self.etapas: dict[str, list[float]] = {}
        self._original = ResponseHandler.data_received

    def instalar(self) -> None:
        """Empieza a mirar los sockets de aiohttp y los puntos del camino de una orden."""
        original, marcas = self._original, self

        def data_received(protocolo: Any, datos: bytes) -> None:
            if marcas.armada and MARCA in datos and SIMBOLO in datos:
                marcas.armada = False
                marcas.llegada = time.perf_counter_ns()
            original(protocolo, datos)

        ResponseHandler.data_received = data_received  # type: ignore[method-assign]
        puntos_fallo.instalar(self.pasar)

    def quitar(self) -> None:
        """Deja todo como estaba."""
        ResponseHandler.data_received = self._original  # type: ignore[method-assign]
        puntos_fallo.instalar(None)

    def armar(self) -> None:
        """Se prepara para la próxima llegada."""
        self.llegada = 0
        self.horas = {}
        self.armada = True

    def pasar(self, punto: str) -> None:
        """Apunta la hora de una etapa; con ``tras_escribir`` la compra ya está en el cable y la vuelta acaba."""
        if "tras_escribir" not in self.horas:
            self.horas[punto] = time.perf_counter_ns()

    def cerrar_vuelta(self, tramos: Sequence[tuple[str, str, str]]) -> None:
        """Suma la vuelta: cada tramo es (nombre, desde, hasta); «llegada» es la del tick."""
        horas = {**self.horas, "llegada": self.llegada}
        for nombre, desde, hasta in tramos:
            self.etapas.setdefault(nombre, []).append((horas[hasta] - horas[desde]) / 1000)


def percentil(muestras: Sequence[float], parte: float) -> float:
    """Devuelve el percentil de unas muestras (0,5 es la mediana)."""
    ordenadas = sorted(muestras)
    return ordenadas[min(int(len(ordenadas) * parte), len(ordenadas) - 1)]


def mediana(valores: Sequence[float]) -> float:
    """Devuelve la mediana, con una cifra decimal."""
    return round(statistics.median(valores), 1)
