"""El concentrador: uno por proceso. Un hilo sigue la tabla de eventos y aquí se reparte a todos los clientes.

Otro hilo, también único, sirve los repasos y las comprobaciones de sesión: cincuenta flujos abiertos son tres
conexiones a la base y no cincuenta.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from dashboard.cierre import al_cerrar
from dashboard.vivo.mensajes import Pulso
from dashboard.vivo.salida import al_salir
from dashboard.vivo.suscripcion import CABEN, Suscripcion
from dashboard.vivo.vigia import Novedades, Vigia
from dominio.errores import ErrorServicio
from historial.ejecutores import HiloEscritor
from historial.selectors import Cursor
from historial.services import conexion

registro = logging.getLogger("timonel.vivo")
ATASCADO_S = 5.0


class Concentrador:
    """Reparte lo que ve el vigía. Empieza con el primer cliente y descansa cuando se va el último."""

    def __init__(self, crear_vigia: Callable[[], Vigia] = Vigia, caben: int = CABEN) -> None:
        self._crear_vigia = crear_vigia
        self._caben = caben
        self._suscritos: set[Suscripcion] = set()
        self._pulsos: dict[tuple[str, str, str], Pulso] = {}
        self._por_usuario: Counter[Any] = Counter()
        self._cursor = Cursor()
        self._vigia: Vigia | None = None
        self._tarea: asyncio.Task[None] | None = None
        self._arranque: asyncio.Future[bool] | None = None
        self._lector: HiloEscritor | None = None
        self._cerrado = False

    @property
    def abierto(self) -> bool:
        """Devuelve si admite clientes nuevos."""
        return not self._cerrado

    def flujos_de(self, usuario: Any) -> int:
        """Devuelve cuántos flujos tiene abiertos ese usuario."""
        return self._por_usuario[usuario]

    @asynccontextmanager
    async def suscrito(self, usuario: Any, bots: frozenset[str] = frozenset()) -> AsyncIterator[Suscripcion]:
        """Da una suscripción que recibe todo lo posterior a su ``hasta``, y los últimos latidos.

        Raises:
            ErrorServicio: VIV-02 si el proceso está saliendo.
        """
        self._por_usuario[usuario] += 1
        suscripcion: Suscripcion | None = None
        try:
            await self._en_marcha()
            suscripcion = Suscripcion(bots, self._cursor, self._caben)
            suscripcion.poner((), tuple(self._pulsos.values()))
            self._suscritos.add(suscripcion)
            yield suscripcion
        finally:
            self._por_usuario[usuario] -= 1
            if suscripcion is not None:
                self._suscritos.discard(suscripcion)

    async def leer(self, funcion: Callable[..., Any], *args: Any) -> Any:
        """Devuelve lo que da una función de base de datos, en el hilo compartido."""
        if self._lector is None:
            self._lector = HiloEscritor("vivo-repasos")
        if self._arranque is None:  # nadie mira aún: no se deja una conexión abierta por una visita que quizá no entre
            return await self._lector(_y_cerrar, funcion, *args)
        return await self._lector(funcion, *args)

    def cerrar(self) -> None:
        """Corta todos los flujos ya: el servidor sale y no debe esperar por ellos."""
        self._cerrado = True
        self._cortar("salida")
        if self._vigia is not None:
            self._vigia.soltar()
        self._soltar_lector()

    def _cortar(self, motivo: str) -> None:
        for suscripcion in self._suscritos:
            suscripcion.cortar(motivo)

    async def _en_marcha(self) -> None:
        if not self._cerrado and self._arranque is None:
            bucle = asyncio.get_running_loop()
            al_salir(bucle, self.cerrar)
            self._arranque = bucle.create_future()
            self._tarea = asyncio.create_task(self._seguir(self._arranque))
        if self._cerrado or self._arranque is None or not await asyncio.shield(self._arranque) or self._cerrado:
            raise ErrorServicio(
                "VIV-02", "La transmisión en vivo no está disponible.", "Vuelva a intentarlo enseguida."
            )

    async def _seguir(self, arranque: "asyncio.Future[bool]") -> None:
        """Lee y reparte mientras haya a quién."""
        bucle = asyncio.get_running_loop()
        vigia = self._vigia = self._crear_vigia()
        hilo = ThreadPoolExecutor(1, thread_name_prefix="vivo-vigia")
        try:
            self._cursor = await bucle.run_in_executor(hilo, vigia.empezar)
            arranque.set_result(True)
            while not self._cerrado and any(self._por_usuario.values()):
                self._repartir(await bucle.run_in_executor(hilo, vigia.siguiente))
        except (
            Exception
        ):  # un fallo aquí dejaría a todos callados sin saberlo: se cortan y al volver se empieza de nuevo
            registro.exception("la transmisión en vivo se paró")
            self._cortar("fallo")
        finally:
            self._arranque = None
            if not arranque.done():
                arranque.set_result(False)
            self._pulsos.clear()
            vigia.soltar()
            hilo.submit(vigia.cerrar)
            hilo.shutdown(wait=False)
            self._soltar_lector()

    def _soltar_lector(self) -> None:
        """Cierra el hilo de los repasos y su conexión cuando acabe lo que tenga a medias, sin parar el bucle."""
        lector, self._lector = self._lector, None
        if lector is not None:
            threading.Thread(target=lector.cerrar, name="vivo-cierre", daemon=True).start()

    def _repartir(self, novedades: Novedades) -> None:
        if novedades.mensajes:
            self._cursor = novedades.mensajes[-1].cursor
        self._pulsos.update({pulso.clave: pulso for pulso in novedades.pulsos})
        for suscripcion in self._suscritos:
            suscripcion.poner(novedades.mensajes, novedades.pulsos)


def _y_cerrar(funcion: Callable[..., Any], *args: Any) -> Any:
    try:
        return funcion(*args)
    finally:
        conexion.cerrar()


_DE_CADA_BUCLE: "WeakKeyDictionary[asyncio.AbstractEventLoop, Concentrador]" = WeakKeyDictionary()


def concentrador() -> Concentrador:
    """Devuelve el concentrador de este proceso (del bucle en marcha); lo crea la primera vez."""
    bucle = asyncio.get_running_loop()
    actual = _DE_CADA_BUCLE.get(bucle)
    if actual is None:
        actual = _DE_CADA_BUCLE[bucle] = Concentrador()
        al_cerrar(cerrar_todo)
    return actual


def cerrar_todo() -> None:
    """Corta los flujos de todos los bucles de este proceso, desde el hilo que sea: para quien apaga el servidor."""
    for bucle, uno in list(_DE_CADA_BUCLE.items()):
        if not bucle.is_closed():
            bucle.call_soon_threadsafe(uno.cerrar)
