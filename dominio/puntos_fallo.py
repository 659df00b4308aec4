"""Puntos donde una prueba puede matar el proceso. Apagados: una llamada a una función vacía.

``tras_intencion`` → ``tras_enviando`` → ``tras_escribir`` → ``tras_respuesta`` → ``antes_de_confirmar``.
"""

from collections.abc import Callable

PUNTOS = ("tras_intencion", "tras_enviando", "tras_escribir", "tras_respuesta", "antes_de_confirmar")


def _nada(_punto: str) -> None:
    return None


_gancho: Callable[[str], None] = _nada


def instalar(gancho: Callable[[str], None] | None) -> None:
    """Pone (o quita, con None) lo que se ejecuta al pasar por un punto."""
    global _gancho  # noqa: PLW0603 - un solo gancho por proceso, como un interruptor
    _gancho = gancho or _nada


def pasar(punto: str) -> None:
    """Se llama al cruzar un punto del ciclo de vida de una orden."""
    _gancho(punto)
