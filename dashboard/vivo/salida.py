"""La señal de salida de uvicorn corta los flujos: si no, esperaría por ellos todo su plazo de cortesía."""

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

SENALES = ("SIGTERM", "SIGINT")


def al_salir(bucle: asyncio.AbstractEventLoop, cerrar: Callable[[], None]) -> None:
    """Hace que, al llegar la señal de salida, se llame a ``cerrar`` en el bucle y después a quien ya la atendía.

    Solo donde la señal la atiende uvicorn en el hilo principal (``uvicorn timonel.asgi:application``); quien lo lleva
    dentro de otro programa llama a ``dashboard.cierre.cerrar_todo``.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for nombre in SENALES:
        numero = getattr(signal, nombre, None)
        anterior = signal.getsignal(numero) if numero is not None else None
        if numero is None or not _es_de_un_servidor(anterior):
            continue
        signal.signal(numero, _Encadenada(bucle, cerrar, anterior))


class _Encadenada:
    """Atiende la señal, corta los flujos y deja hacer a quien la atendía."""

    def __init__(self, bucle: asyncio.AbstractEventLoop, cerrar: Callable[[], None], anterior: Any) -> None:
        self._bucle = bucle
        self._cerrar = cerrar
        self._anterior = anterior

    def __call__(self, numero: int, marco: Any) -> None:
        if not self._bucle.is_closed():
            self._bucle.call_soon_threadsafe(self._cerrar)
        self._anterior(numero, marco)


def _es_de_un_servidor(atiende: Any) -> bool:
    """Devuelve si la señal la atiende el método de un servidor (uvicorn), y no ya una nuestra ni la de Python."""
    return hasattr(getattr(atiende, "__self__", None), "should_exit")
