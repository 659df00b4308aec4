"""Dónde corre el código de base de datos: en línea (simulación) o en un hilo escritor (en vivo).

En vivo un COMMIT duradero tarda y no puede parar el bucle que lee ticks: lo hace un hilo dedicado, en orden. En
simulación el bucle nunca descansa y dejaría a ese hilo sin intérprete durante segundos: allí se ejecuta en línea.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

_PERMISO = "DJANGO_ALLOW_ASYNC_UNSAFE"


class EnLinea:
    """Ejecuta la función en el acto, en el hilo del bucle.

    Django prohíbe el ORM síncrono donde hay un bucle en marcha porque lo bloquearía. Aquí bloquear es lo que se
    quiere: el tiempo es virtual y solo avanza cuando nadie trabaja. El permiso se concede únicamente mientras dura la
    llamada, para que una consulta escrita por descuido en una corrutina siga fallando.
    """

    async def __call__(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        antes = os.environ.get(_PERMISO)
        os.environ[_PERMISO] = "1"
        try:
            return funcion(*args, **kwargs)
        except Exception as fallo:
            _descartar_conexion(fallo)
            raise
        finally:
            if antes is None:
                os.environ.pop(_PERMISO, None)
            else:
                os.environ[_PERMISO] = antes

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
