"""Un proceso por bot: se lanzan, se vigilan y se vuelven a lanzar con espera creciente si mueren.

No reinicia lo que una persona tiene que arreglar (salida 2) ni lo que terminó bien (salida 0). Puede quedarse esperando
órdenes aunque no haya ningún bot corriendo.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from dominio.reloj import Reloj

ESPERA_MAX_S = 60.0
SANO_TRAS_S = 120.0
SALIDAS_FINALES = frozenset({0, 2})


class Proceso(Protocol):
    """Lo que el supervisor necesita de un proceso hijo."""

    async def wait(self) -> int: ...

    def terminate(self) -> None: ...


Lanzar = Callable[[str], Awaitable[Proceso]]


class Suceso(msgspec.Struct, frozen=True):
    """Algo que le pasó a un bot supervisado: «arranca», «muere», «espera», «acaba»."""

    bot: str
    que: str
    detalle: float = 0.0


class _Vida:
    """Un bot mantenido: su tarea, su proceso de ahora (None si espera a relanzarse) y si se le pidió acabar."""

    def __init__(self) -> None:
        self.proceso: Proceso | None = None
        self.parada = asyncio.Event()
        self.tarea: asyncio.Task[None] | None = None

    def terminar(self) -> None:
        """Pide al proceso que acabe con calma; si no hay, deja de esperar para relanzarlo."""
        self.parada.set()
        if self.proceso is not None:
            self.proceso.terminate()


class Supervisor:
    """Mantiene vivos los bots pedidos hasta que se le dice que pare."""

    def __init__(self, *, lanzar: Lanzar, reloj: Reloj, al_suceso: Callable[[Suceso], None]) -> None:
        self._lanzar = lanzar
        self._reloj = reloj
        self._al_suceso = al_suceso
        self._vidas: dict[str, _Vida] = {}
        self._salidas: dict[str, int] = {}
        self._parando = False
        self._cambio = asyncio.Event()

    @property
    def vivos(self) -> tuple[str, ...]:
        """Devuelve los bots que mantiene, aunque alguno esté ahora entre dos vidas."""
        return tuple(sorted(self._vidas))

    def terminando(self, bot: str) -> bool:
        """Devuelve si a ese bot se le pidió acabar y todavía no ha acabado."""
        return bot in self._vidas and self._vidas[bot].parada.is_set()

    def parar(self) -> None:
        """Pide a cada bot que termine con calma y deja de reiniciarlos."""
        self._parando = True
        for vida in self._vidas.values():
            vida.terminar()
        self._cambio.set()

    def arrancar(self, bot: str) -> bool:
        """Empieza a mantener el bot y devuelve si no lo hacía ya. Si se está saliendo, no arranca nada."""
        if bot in self._vidas or self._parando:
            return False
        vida = self._vidas[bot] = _Vida()
        vida.tarea = asyncio.create_task(self._mantener(bot, vida))
        self._cambio.set()
        return True

    def detener(self, bot: str) -> bool:
        """Pide a ese bot que termine con calma, sin relanzarlo, y devuelve si lo mantenía."""
        vida = self._vidas.get(bot)
        if vida is None:
            return False
        vida.terminar()
        return True

    async def correr(self, bots: tuple[str, ...], *, esperar: bool = False) -> dict[str, int]:
        """Devuelve la última salida de cada bot cuando todos han acabado; con ``esperar``, cuando además se pide parar.

        Raises:
            Exception: lo que falle al lanzar un proceso, después de pedir a los demás que acaben.
        """
        for bot in bots:
            self.arrancar(bot)
        try:
            while self._vidas or (esperar and not self._parando):
                self._cambio.clear()
                espera = asyncio.create_task(self._cambio.wait())
                tareas = [vida.tarea for vida in self._vidas.values() if vida.tarea is not None]
                await asyncio.wait([espera, *tareas], return_when=asyncio.FIRST_COMPLETED)
                espera.cancel()
                self._recoger()
        finally:
            self.parar()
        return {bot: self._salidas[bot] for bot in (*bots, *self._salidas) if bot in self._salidas}

    def _recoger(self) -> None:
        for bot, vida in list(self._vidas.items()):
            if vida.tarea is not None and vida.tarea.done():
                del self._vidas[bot]
                vida.tarea.result()  # lo que falló al lanzar se cuenta

    async def _mantener(self, bot: str, vida: _Vida) -> None:
        espera = 1.0
        while True:
            inicio = self._reloj.monotonico()
            vida.proceso = await self._lanzar(bot)
            self._al_suceso(Suceso(bot, "arranca"))
            if vida.parada.is_set():
                vida.proceso.terminate()
            salida = self._salidas[bot] = await vida.proceso.wait()
            vida.proceso = None
            if vida.parada.is_set() or salida in SALIDAS_FINALES:
                self._al_suceso(Suceso(bot, "acaba", salida))
                return
            self._al_suceso(Suceso(bot, "muere", salida))
            if self._reloj.monotonico() - inicio >= SANO_TRAS_S:
                espera = 1.0
            self._al_suceso(Suceso(bot, "espera", espera))
            await _dormir(vida.parada, espera)
            if vida.parada.is_set():
                return
            espera = min(espera * 2, ESPERA_MAX_S)


async def _dormir(parada: asyncio.Event, segundos: float) -> None:
    try:
        async with asyncio.timeout(segundos):
            await parada.wait()
    except TimeoutError:
        return
