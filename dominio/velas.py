"""Ticks y velas. Tiempos en milisegundos UTC; una vela se nombra por su hora de APERTURA."""

import msgspec


class Tick(msgspec.Struct, frozen=True, gc=False):
    """Un precio de la sede: símbolo, hora de la sede (ms), precio y horquilla si la hay (0 si no)."""

    simbolo: str
    epoch_ms: int
    precio: float
    compra: float = 0.0
    venta: float = 0.0


class Vela(msgspec.Struct, frozen=True, gc=False):
    """Una vela cerrada: ``epoch_ms`` es la apertura y ``duracion_s`` lo que abarca."""

    simbolo: str
    epoch_ms: int
    duracion_s: int
    apertura: float
    maximo: float
    minimo: float
    cierre: float
    volumen: float = 0.0

    @property
    def cierre_ms(self) -> int:
        """Devuelve el primer milisegundo en que la vela ya está cerrada."""
        return self.epoch_ms + self.duracion_s * 1000
