"""El único lugar donde se mira la hora. Todo lo demás recibe un ``Reloj`` por el constructor.

``ahora()`` es UTC con zona; ``monotonico()`` son segundos que nunca retroceden (plazos);
``arranque()`` son segundos desde el arranque de la máquina, suspensión incluida (arriendos en un solo equipo).
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Reloj(Protocol):
    """De dónde sale la hora."""

    def ahora(self) -> datetime:
        """Devuelve la hora UTC con zona."""
        ...

    def epoch_ms(self) -> int:
        """Devuelve la hora UTC en milisegundos desde 1970."""
        ...

    def monotonico(self) -> float:
        """Devuelve segundos que nunca retroceden; solo sirven para restar."""
        ...

    def arranque(self) -> float:
        """Devuelve segundos desde el arranque del equipo, contando suspensiones."""
        ...


def de_epoch_ms(epoch_ms: int) -> datetime:
    """Devuelve la hora UTC con zona de unos milisegundos desde 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms)


def de_epoch(epoch_s: "int | float") -> datetime:
    """Devuelve la hora UTC con zona de unos segundos desde 1970."""
    return de_epoch_ms(round(epoch_s * 1000))


def a_epoch_ms(momento: datetime) -> int:
    """Devuelve los milisegundos desde 1970 de una hora con zona."""
    return (momento - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class RelojSistema:
    """La hora del equipo."""

    def ahora(self) -> datetime:
        return datetime.now(UTC)

    def epoch_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonico(self) -> float:
        return time.monotonic()

    def arranque(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class RelojEscalado:
    """Un reloj que corre ``factor`` veces más deprisa desde ``origen_ms``; lo comparten varios procesos.

    ``inicio_real_s`` es el instante real (``time.time()``) en que el reloj marcaba ``origen_ms``.
    """

    def __init__(self, factor: float, origen_ms: int, inicio_real_s: float) -> None:
        self.factor = factor
        self._origen_ms = origen_ms
        self._inicio_real_s = inicio_real_s

    def epoch_ms(self) -> int:
        return self._origen_ms + int((time.time() - self._inicio_real_s) * self.factor * 1000)

    def ahora(self) -> datetime:
        return de_epoch_ms(self.epoch_ms())

    def monotonico(self) -> float:
        return time.monotonic() * self.factor

    def arranque(self) -> float:
        return RelojSistema().arranque() * self.factor


class RelojManual:
    """Un reloj que solo avanza cuando se le dice: para pruebas y para motores sin entrada ni salida."""

    def __init__(self, inicio_ms: int = 1_767_225_600_000) -> None:
        self._ms = inicio_ms
        self._mono = 0.0

    def epoch_ms(self) -> int:
        return self._ms

    def ahora(self) -> datetime:
        return de_epoch_ms(self._ms)

    def monotonico(self) -> float:
        return self._mono

    def arranque(self) -> float:
        return self._mono

    def avanzar(self, segundos: float) -> None:
        """Adelanta la hora y los plazos."""
        self._ms += round(segundos * 1000)
        self._mono += segundos

    def saltar(self, segundos: float) -> None:
        """Cambia solo la hora de pared, como cuando alguien ajusta el reloj del equipo."""
        self._ms += round(segundos * 1000)
