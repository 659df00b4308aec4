"""Bucles de asyncio cuyo tiempo no es el de la pared: virtual (salta) y escalado (corre más deprisa).

El mismo código asíncrono, cliente y sede en un solo bucle y con sockets TCP de verdad, corre en los tres modos: en
vivo, virtual y escalado. En el virtual el tiempo salta al siguiente temporizador solo cuando no hay nada listo que
leer o escribir y ningún hilo del ejecutor está trabajando.
"""

import asyncio
import contextlib
import math
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from datetime import datetime
from typing import Any, TypeVar

from dominio.errores import ErrorPermanente
from dominio.reloj import de_epoch_ms

T = TypeVar("T")

ESPERA_DE_HILO_S = 0.05
BASE_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z: la hora a la que empiezan las simulaciones si no se pide otra


class _SelectorVirtual(selectors.DefaultSelector):
    """El selector que decide cuándo salta el tiempo del bucle que lo usa."""

    bucle: "BucleVirtual | None" = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        listos = super().select(0)
        bucle = self.bucle
        if listos or bucle is None or (timeout is not None and timeout <= 0):
            return listos
        if bucle.hilos:  # un hilo trabaja: el tiempo virtual espera
            return super().select(ESPERA_DE_HILO_S)
        if bucle.velocidad is not None:
            return self._a_velocidad(bucle, timeout, bucle.velocidad)
        return self._saltar(bucle, timeout)

    def _saltar(self, bucle: "BucleVirtual", timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        for _ in range(bucle.gracia):  # el núcleo puede tardar un instante en entregar lo recién escrito
            listos = super().select(0)
            if listos:
                bucle.tardios += 1
                return listos
        if timeout is None:
            raise ErrorPermanente(
                "SIM-01",
                "El bucle de tiempo virtual esperaría para siempre: no quedan temporizadores, hilos ni datos.",
                "Revise qué corrutina espera un suceso que nadie va a producir.",
            )
        bucle.adelantar(timeout)
        return []

    def _a_velocidad(
        self, bucle: "BucleVirtual", timeout: float | None, velocidad: float
    ) -> list[tuple[selectors.SelectorKey, int]]:
        inicio = time.monotonic()
        listos = super().select(None if timeout is None else timeout / velocidad)
        transcurrido = (time.monotonic() - inicio) * velocidad
        if timeout is not None and not listos:
            transcurrido = timeout
        bucle.adelantar(transcurrido if timeout is None else min(transcurrido, timeout))
        return listos


class BucleVirtual(asyncio.SelectorEventLoop):
    """Un bucle que empieza en 0 y salta al siguiente temporizador cuando no hay nada que hacer.

    ``velocidad`` (segundos virtuales por segundo real) pone un tope: el tiempo solo avanza en los ratos de espera y
    nunca más deprisa, de modo que quien hace cuentas no pierde ticks. Sin ella salta sin esperar.
    ``gracia``: miradas de más a los sockets antes de saltar. Lanza ErrorPermanente (SIM-01) si nada puede despertarlo.
    """

    def __init__(self, velocidad: float | None = None, gracia: int = 2) -> None:
        self.origen = 0.0
        self.velocidad = velocidad
        self.gracia = gracia
        self.hilos = 0
        self.saltos = 0
        self.tardios = 0
        self._ahora = 0.0
        selector = _SelectorVirtual()
        super().__init__(selector)
        selector.bucle = self
        self._clock_resolution = 1e-6
        if velocidad is not None and not velocidad > 0:
            self.close()
            raise ErrorPermanente("SIM-02", "La velocidad de la simulación debe ser mayor que cero.")

    def time(self) -> float:
        """Devuelve los segundos virtuales desde que nació el bucle."""
        return self._ahora

    def adelantar(self, segundos: float) -> None:
        """Mueve el tiempo; lo llama el selector."""
        self._ahora += segundos
        self.saltos += 1

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Devuelve el futuro del trabajo; mientras dura, el tiempo no salta."""
        futuro = super().run_in_executor(executor, func, *args)
        self.hilos += 1
        futuro.add_done_callback(self._hilo_acabado)
        return futuro

    @contextlib.contextmanager
    def retener(self) -> Iterator[None]:
        """Detiene el tiempo mientras trabaja un hilo que no es del ejecutor del bucle."""
        self.hilos += 1
        try:
            yield
        finally:
            self.hilos -= 1

    def _hilo_acabado(self, _futuro: Any) -> None:
        self.hilos -= 1

    async def shutdown_default_executor(self, *args: Any) -> None:
        """Cierra el ejecutor sin que la espera se tome por un bucle muerto."""
        with self.retener():
            await super().shutdown_default_executor(*args)


class _SelectorEscalado(selectors.DefaultSelector):
    factor = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self.factor if timeout else timeout)


class BucleEscalado(asyncio.SelectorEventLoop):
    """Un bucle de esperas reales acortadas ``factor`` veces, para pruebas con procesos de verdad.

    ``time()`` es ``time.monotonic()·factor``, lo mismo que ``RelojEscalado.monotonico()``.
    """

    def __init__(self, factor: float) -> None:
        self.factor = factor
        selector = _SelectorEscalado()
        selector.factor = factor
        super().__init__(selector)
        if not factor > 0:
            self.close()
            raise ErrorPermanente("SIM-02", "El factor del reloj debe ser mayor que cero.")
        self._clock_resolution = time.get_clock_info("monotonic").resolution * factor
        self.origen = self.time()

    def time(self) -> float:
        """Devuelve segundos escalados."""
        return time.monotonic() * self.factor


class RelojDeBucle:
    """La hora que sale de un bucle: ``base_ms`` cuando el bucle nació, y de ahí en adelante su propio tiempo.

    ``desfase_ms`` se puede cambiar para simular que alguien ajusta el reloj de pared; los plazos no se mueven.
    """

    def __init__(self, bucle: asyncio.AbstractEventLoop, base_ms: int = BASE_MS) -> None:
        self._bucle = bucle
        self._base_ms = base_ms
        self._origen = float(getattr(bucle, "origen", 0.0))
        self.desfase_ms = 0

    def epoch_ms(self) -> int:
        # El bucle despierta un temporizador hasta 1 µs antes: esas centésimas no deben costar un milisegundo.
        return self._base_ms + self.desfase_ms + math.floor((self._bucle.time() - self._origen) * 1000 + 0.005)

    def ahora(self) -> datetime:
        return de_epoch_ms(self.epoch_ms())

    def monotonico(self) -> float:
        return self._bucle.time()

    def arranque(self) -> float:
        return self._bucle.time()


def correr(
    principal: Coroutine[Any, Any, T],
    *,
    virtual: bool = True,
    velocidad: float | None = None,
    factor: float | None = None,
) -> T:
    """Devuelve lo que devuelva ``principal`` en un bucle virtual, escalado (``factor``) o real (``virtual=False``).

    Raises: lo que lance la corrutina; ErrorPermanente SIM-01 si el tiempo virtual ya no puede avanzar.
    """
    fabrica: Callable[[], asyncio.AbstractEventLoop]
    if factor is not None:
        fabrica = lambda: BucleEscalado(factor)  # noqa: E731
    elif virtual:
        fabrica = lambda: BucleVirtual(velocidad)  # noqa: E731
    else:
        fabrica = asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=fabrica) as corredor:
        return corredor.run(principal)
