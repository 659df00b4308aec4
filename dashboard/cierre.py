"""Quién quiere saber que el servidor se cierra: las transmisiones abiertas no acaban solas y lo retrasarían."""

from collections.abc import Callable
from contextlib import suppress

_AL_CERRAR: list[Callable[[], None]] = []


def al_cerrar(funcion: Callable[[], None]) -> None:
    """Apunta una función que se llamará, en el bucle del servidor, al empezar a cerrarse. No debe esperar."""
    if funcion not in _AL_CERRAR:
        _AL_CERRAR.append(funcion)


def olvidar(funcion: Callable[[], None]) -> None:
    """Deja de llamar a esa función; no importa si no estaba."""
    with suppress(ValueError):
        _AL_CERRAR.remove(funcion)


def cerrar_todo() -> None:
    """Llama a cada función apuntada; que una falle no impide las demás."""
    for funcion in tuple(_AL_CERRAR):
        with suppress(Exception):
            funcion()
