"""Un proceso por bot: se lanzan, se vigilan y se vuelven a lanzar con espera creciente si mueren.

No reinicia lo que una persona tiene que arreglar (salida 2) ni lo que terminó bien (salida 0).
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


class Supervisor:
    """Mantiene vivos los bots pedidos hasta que se le dice que pare."""

    def __init__(self, *, lanzar: Lanzar, reloj: Reloj, al_suceso: Callable[[Suceso], None]) -> None:
        self._lanzar = lanzar
        self._reloj = reloj
        self._al_suceso = al_suceso
        self._vivos: dict[str, Proceso] = {}
        self._parando = asyncio.Event()

    def parar(self) -> None:
        """Pide a cada bot que termine con calma y deja de reiniciarlos."""
        self._parando.set()
        for proceso in self._vivos.values():
            proceso.terminate()

    async def correr(self, bots: tuple[str, ...]) -> dict[str, int]:
        """Devuelve la última salida de cada bot cuando todos han acabado."""
        salidas = await asyncio.gather(*(self._mantener(bot) for bot in bots))
        return dict(zip(bots, salidas, strict=True))

    async def _mantener(self, bot: str) -> int:
        espera = 1.0
        while True:
            inicio = self._reloj.monotonico()
            proceso = await self._lanzar(bot)
            self._vivos[bot] = proceso
            self._al_suceso(Suceso(bot, "arranca"))
            if self._parando.is_set():
                proceso.terminate()
            salida = await proceso.wait()
            del self._vivos[bot]
            if self._parando.is_set() or salida in SALIDAS_FINALES:
                self._al_suceso(Suceso(bot, "acaba", salida))
                return salida
            self._al_suceso(Suceso(bot, "muere", salida))
            if self._reloj.monotonico() - inicio >= SANO_TRAS_S:
                espera = 1.0
            self._al_suceso(Suceso(bot, "espera", espera))
            await self._dormir(espera)
            if self._parando.is_set():
                return salida
            espera = min(espera * 2, ESPERA_MAX_S)

    async def _dormir(self, segundos: float) -> None:
        try:
            async with asyncio.timeout(segundos):
                await self._parando.wait()
        except TimeoutError:
            return
