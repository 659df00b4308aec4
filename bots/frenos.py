"""El freno visto por un bot: la base de datos, un fichero bandera y una señal del proceso. El más estricto manda."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from core.banderas import BANDERA, rutas_bandera
from dominio.freno import Freno, mas_estricto
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj

__all__ = ["BANDERA", "FrenoLocal", "rutas_bandera"]


class FrenoLocal:
    """Cumple ``FuenteFreno``. Lo que no se puede leer cuenta como DETENIDO."""

    def __init__(
        self,
        *,
        leer_base: Callable[[], Freno],
        ejecutor: Ejecutor,
        banderas: tuple[Path, ...],
        reloj: Reloj,
        vigencia_s: float = 1.0,
    ) -> None:
        self._leer_base = leer_base
        self._ejecutor = ejecutor
        self._banderas = banderas
        self._reloj = reloj
        self._vigencia_s = vigencia_s
        self._leido_en = float("-inf")
        self._ultimo = Freno.DETENIDO
        self._relectura: asyncio.Task[None] | None = None
        self._senal = False

    def detener(self) -> None:
        """Detiene este proceso, pase lo que pase con la base."""
        self._senal = True

    def soltar(self) -> None:
        """Olvida la señal. La base y la bandera siguen mandando: quien la soltó ya se autenticó para quitarlas."""
        self._senal = False

    @property
    def con_senal(self) -> bool:
        """Devuelve si a este proceso se le mandó parar: quien monte otro bot en él tiene que heredarlo."""
        return self._senal

    def inmediato(self) -> Freno:
        """Devuelve lo que dicen el fichero y la señal, sin tocar la base."""
        if self._senal:
            return Freno.DETENIDO
        try:
            return Freno.DETENIDO if any(ruta.exists() for ruta in self._banderas) else Freno.ACTIVO
        except OSError:
            return Freno.DETENIDO

    async def vigente(self) -> Freno:
        """Devuelve el más estricto de las tres fuentes. Lo leído de la base tiene como mucho ``vigencia_s``.

        A mitad de su vigencia se relee sin esperar: quien pregunta a menudo no paga la lectura en el camino del tick.
        """
        edad = self._reloj.monotonico() - self._leido_en
        if edad >= self._vigencia_s:
            await self._leer()
        elif edad >= self._vigencia_s / 2 and (self._relectura is None or self._relectura.done()):
            self._relectura = asyncio.create_task(self._leer())
        return mas_estricto((self._ultimo, self.inmediato()))

    async def _leer(self) -> None:
        pedido_en = self._reloj.monotonico()
        try:
            leido = await self._ejecutor(self._leer_base)
        except Exception:  # ilegible = DETENIDO: ningún fallo de lectura deja pasar una orden
            leido = Freno.DETENIDO
        if pedido_en >= self._leido_en:  # una lectura más nueva ya dijo lo suyo
            self._ultimo, self._leido_en = leido, pedido_en
