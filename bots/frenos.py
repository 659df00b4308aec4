"""El freno visto por un bot: la base de datos, un fichero bandera y una señal del proceso. El más estricto manda."""

import signal
from collections.abc import Callable
from pathlib import Path

from dominio.freno import Freno, mas_estricto
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj

BANDERA = "ALTO"


def rutas_bandera(datos: Path, bot: str) -> tuple[Path, Path]:
    """Devuelve los ficheros que detienen: el de todos y el del bot."""
    return datos / BANDERA, datos / f"{BANDERA}.{bot}"


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
        self._senal = False

    def escuchar_senal(self) -> None:
        """Hace que SIGUSR1 detenga este proceso hasta que termine."""
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, lambda *_: self.detener())

    def detener(self) -> None:
        """Detiene este proceso, pase lo que pase con la base."""
        self._senal = True

    def inmediato(self) -> Freno:
        """Devuelve lo que dicen el fichero y la señal, sin tocar la base."""
        if self._senal:
            return Freno.DETENIDO
        try:
            return Freno.DETENIDO if any(ruta.exists() for ruta in self._banderas) else Freno.ACTIVO
        except OSError:
            return Freno.DETENIDO

    async def vigente(self) -> Freno:
        """Devuelve el más estricto de las tres fuentes; la base se vuelve a leer como mucho una vez por segundo."""
        ahora = self._reloj.monotonico()
        if ahora - self._leido_en >= self._vigencia_s:
            try:
                self._ultimo = await self._ejecutor(self._leer_base)
            except Exception:  # ilegible = DETENIDO: ningún fallo de lectura deja pasar una orden
                self._ultimo = Freno.DETENIDO
            self._leido_en = ahora
        return mas_estricto((self._ultimo, self.inmediato()))
