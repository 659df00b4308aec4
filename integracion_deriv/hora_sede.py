"""Qué hora es en la sede: se le pregunta y se lleva con el bucle, que no salta aunque alguien cambie la del equipo."""

import asyncio
from datetime import datetime, timedelta

from dominio.reloj import Reloj, a_epoch_ms, de_epoch_ms

# La sede da segundos enteros: en promedio ya ha pasado medio.
MEDIO_SEGUNDO_MS = 500


class HoraSede:
    """La hora de la sede, estimada. Antes de preguntar es la nuestra."""

    def __init__(self, reloj: Reloj) -> None:
        self._reloj = reloj
        self._base_ms: float | None = None

    def poner(self, epoch_s: int | None) -> None:
        """Apunta lo que contestó la sede; None no cambia nada."""
        if epoch_s is not None:
            self._base_ms = epoch_s * 1000 + MEDIO_SEGUNDO_MS - self.tiempo() * 1000

    def tiempo(self) -> float:
        """Devuelve los segundos del bucle: nunca retroceden y sirven en tiempo real, escalado y virtual."""
        return asyncio.get_running_loop().time()

    def epoch_ms(self) -> int:
        """Devuelve la hora de la sede en milisegundos desde 1970, con un error de medio segundo."""
        if self._base_ms is None:
            return self._reloj.epoch_ms()
        return int(self._base_ms + self.tiempo() * 1000)

    def desvio_ms(self) -> int:
        """Devuelve cuánto adelanta la sede a nuestro reloj; 0 dentro del error de la medida."""
        desvio = self.epoch_ms() - self._reloj.epoch_ms()
        return 0 if abs(desvio) <= 2 * MEDIO_SEGUNDO_MS else desvio

    def de_local(self, momento: datetime) -> int:
        """Devuelve, en la hora de la sede (ms), un momento apuntado con nuestro reloj."""
        return a_epoch_ms(momento + timedelta(milliseconds=self.desvio_ms()))


class RelojSede:
    """La hora de la sede con la forma de un ``Reloj``: quien la usa no nota que alguien ajuste el reloj del equipo.

    Mientras los dos relojes concuerdan (menos de un segundo, lo que yerra la medida) da la hora del equipo, que es más
    fina. Los plazos (``monotonico``, ``arranque``) son siempre los del equipo.
    """

    def __init__(self, equipo: Reloj, sede: HoraSede) -> None:
        self.equipo = equipo
        self._sede = sede

    def epoch_ms(self) -> int:
        return self.equipo.epoch_ms() + self._sede.desvio_ms()

    def ahora(self) -> datetime:
        return de_epoch_ms(self.epoch_ms())

    def monotonico(self) -> float:
        return self.equipo.monotonico()

    def arranque(self) -> float:
        return self.equipo.arranque()
