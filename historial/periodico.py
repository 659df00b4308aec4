"""Qué es un trabajo periódico: dónde está su función, cada cuánto se intenta y cuánto dura su ranura.

Sin Django: lo leen los ajustes, el planificador y los hilos. Intentarlo de más no cuesta: dentro de una ranura se hace
una sola vez.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec

from dominio.reloj import Reloj


class Periodico(msgspec.Struct, frozen=True, kw_only=True):
    """Un trabajo. ``funcion`` («módulo:función») recibe un ``Reloj`` y devuelve lo que hizo, o None si ya estaba hecho.

    ``cada_s``: cada cuánto se intenta; ``ranura_s``: en cada tramo de tantos segundos se hace una vez; ``vence_s``:
    pasado ese tiempo, uno que sigue en curso se da por muerto y otro lo retoma.
    """

    nombre: str
    funcion: str
    cola: str
    cada_s: float
    ranura_s: int
    vence_s: float

    @property
    def tarea(self) -> str:
        """Devuelve el nombre de su tarea de Celery: el paquete y el trabajo."""
        return f"{self.funcion.partition('.')[0]}.{self.nombre}"

    def hacer(self, reloj: Reloj) -> dict[str, Any] | None:
        """Devuelve lo que da su función; carga su módulo la primera vez."""
        modulo, _, nombre = self.funcion.partition(":")
        funcion: Callable[[Reloj], dict[str, Any] | None] = getattr(import_module(modulo), nombre)
        return funcion(reloj)
