"""Velas hechas de ticks. Una vela existe cuando se ha CERRADO por tiempo: nunca se entrega una a medias."""

from dominio.errores import ErrorConfiguracion
from dominio.velas import Tick, Vela


class ConstructorVelas:
    """Convierte los ticks ordenados de UN símbolo en velas cerradas de ``duracion_s`` segundos.

    Las velas se alinean con la hora UTC (epoch múltiplo de la duración). La primera se descarta salvo que su primer
    tick caiga justo en la apertura: no se sabe qué pasó antes. Un tramo sin ticks no da vela (no se inventa).
    """

    __slots__ = ("_apertura", "_cierre", "_cierre_ms", "_completa", "_duracion_ms", "_inicio_ms", "_maximo", "_minimo")

    def __init__(self, duracion_s: int) -> None:
        if duracion_s <= 0:
            raise ErrorConfiguracion("IND-05", f"Una vela no puede durar {duracion_s} segundos.")
        self._duracion_ms = duracion_s * 1000
        self._inicio_ms = -1
        self._cierre_ms = -1
        self._completa = False
        self._apertura = self._maximo = self._minimo = self._cierre = 0.0

    def agregar(self, tick: Tick) -> Vela | None:
        """Devuelve la vela que el tick deja cerrada (el tick ya es de una posterior), o None."""
        epoch, precio = tick.epoch_ms, tick.precio
        if epoch < self._cierre_ms:
            if precio > self._maximo:
                self._maximo = precio
            elif precio < self._minimo:
                self._minimo = precio
            self._cierre = precio
            return None
        terminada = self._vela(tick.simbolo) if self._completa else None
        primera = self._inicio_ms < 0
        self._inicio_ms = epoch - epoch % self._duracion_ms
        self._cierre_ms = self._inicio_ms + self._duracion_ms
        self._completa = not primera or epoch == self._inicio_ms
        self._apertura = self._maximo = self._minimo = self._cierre = precio
        return terminada

    def descartar(self) -> None:
        """Olvida la vela en curso: tras un hueco de datos ya no se puede completar."""
        self._inicio_ms = self._cierre_ms = -1
        self._completa = False

    def _vela(self, simbolo: str) -> Vela:
        return Vela(
            simbolo,
            self._inicio_ms,
            self._duracion_ms // 1000,
            self._apertura,
            self._maximo,
            self._minimo,
            self._cierre,
        )
