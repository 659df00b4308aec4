"""La hora de la que depende el dinero es la de la sede: la del equipo puede estar mal o saltar."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from bots.deriv.decisor import NadaQueHacer
from dominio.errores import ErrorTimonel
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.services.registro import publicar_evento

MARGEN = timedelta(seconds=0.5)  # lo que puede errar la hora estimada de la sede
DESVIO_MAX_S = 5.0


class HoraFiable:
    """Dice si ya es la hora de algo, preguntándoselo a la sede, y si los dos relojes se han separado demasiado.

    ``sede`` estima la hora de la sede y ``equipo`` es la nuestra; ``preguntar`` devuelve la que contesta la sede.
    """

    def __init__(
        self,
        *,
        bot: str,
        sede: Reloj,
        equipo: Reloj,
        preguntar: Callable[[], Awaitable[datetime]],
        ejecutor: Ejecutor,
    ) -> None:
        self._bot = bot
        self._sede = sede
        self._equipo = equipo
        self._preguntar = preguntar
        self._ejecutor = ejecutor
        self.desviada = False

    async def cumplida(self, momento: datetime) -> datetime | None:
        """Devuelve la hora de la sede si ya es ``momento``; None si no lo es o la sede no contesta."""
        if self._sede.ahora() < momento - MARGEN:
            return None
        with suppress(ErrorTimonel):
            hora = await self._preguntar()
            return hora if hora >= momento else None
        return None

    async def vigilar(self) -> None:
        """Compara los dos relojes; cuando se separan o vuelven a concordar, lo cuenta en un evento."""
        desvio_s = (self._sede.epoch_ms() - self._equipo.epoch_ms()) / 1000
        desviada = abs(desvio_s) > DESVIO_MAX_S
        if desviada is self.desviada:
            return
        self.desviada = desviada
        tipo = "RELOJ_DESVIADO" if desviada else "RELOJ_EN_HORA"
        datos = {"codigo": "REL-01", "desvio_s": desvio_s}
        await self._ejecutor(publicar_evento, self._bot, tipo, datos, ahora=self._sede.ahora())

    def impide_entrar(self) -> NadaQueHacer | None:
        """Devuelve por qué no se entra, o None si la hora es de fiar."""
        if not self.desviada:
            return None
        return NadaQueHacer("REL-01", f"El reloj del equipo y el de la sede difieren en más de {DESVIO_MAX_S:g} s.")
