"""Dónde corre el código de base de datos: en línea (simulación) o en un hilo escritor (en vivo).

En vivo un COMMIT duradero tarda y no puede parar el bucle que lee ticks: lo hace un hilo dedicado, en orden. En
simulación el bucle nunca descansa y dejaría a ese hilo sin intérprete durante segundos: allí se ejecuta en línea.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


def en_el_acto(funcion: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Devuelve lo que da la función, ejecutada ya en este hilo aunque en él corra un bucle.

    Django prohíbe el ORM síncrono donde hay un bucle en marcha porque lo bloquearía, y da una conexión a cada tarea
    (``DJANGO_ALLOW_ASYNC_UNSAFE`` quita lo primero y deja lo segundo: en SQLite unas esperarían a otras). En simulación
    bloquear es lo que se quiere, porque el tiempo es virtual y solo avanza cuando nadie trabaja: mientras dura la
    llamada, y solo entonces, el hilo no dice que tiene un bucle, y todos comparten su conexión. Una consulta escrita
    por descuido en una corrutina sigue fallando.
    """
    try:
        bucle = asyncio.get_running_loop()
    except RuntimeError:
        bucle = None
    asyncio._set_running_loop(None)
    try:
        return funcion(*args, **kwargs)
    except Exception as fallo:
        _descartar_conexion(fallo)
        raise
    finally:
        asyncio._set_running_loop(bucle)


class EnLinea:
    """Ejecuta la función en el acto, en el hilo del bucle y con la conexión del hilo (véase ``en_el_acto``)."""

    async def __call__(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return en_el_acto(funcion, *args, **kwargs)

    def cerrar(self) -> None:
        """No hay nada que cerrar: la conexión es la del hilo que llama."""


class HiloEscritor:
    """Ejecuta las funciones de una en una, en el orden en que se piden, en un hilo propio con su conexión.

    Si la base se pierde, la función que estaba en curso falla con su error y la siguiente abre una conexión nueva.
    Cancelar la espera no cancela la escritura: lo empezado se termina. ``cerrar`` espera a que acabe lo pedido.
    """

    def __init__(self, nombre: str = "escritor") -> None:
        self._hilo = ThreadPoolExecutor(max_workers=1, thread_name_prefix=nombre)

    async def __call__(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        bucle = asyncio.get_running_loop()
        return await bucle.run_in_executor(self._hilo, partial(_en_el_hilo, funcion, args, kwargs))

    def cerrar(self) -> None:
        """Espera a lo pendiente, cierra la conexión del hilo y lo termina. Se puede llamar más de una vez."""
        try:
            self._hilo.submit(_cerrar_conexion)
        except RuntimeError:  # ya estaba cerrado
            return
        self._hilo.shutdown(wait=True)

    def __enter__(self) -> "HiloEscritor":
        return self

    def __exit__(self, *_: object) -> None:
        self.cerrar()


def _en_el_hilo(funcion: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return funcion(*args, **kwargs)
    except Exception as fallo:
        _descartar_conexion(fallo)
        raise


def _descartar_conexion(fallo: BaseException) -> None:
    from historial.services import conexion  # aquí: importar este módulo no debe cargar Django

    conexion.descartar_si_no_sirve(fallo)


def _cerrar_conexion() -> None:
    from historial.services import conexion

    conexion.cerrar()
