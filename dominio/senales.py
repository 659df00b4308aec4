"""Señales: lo que un decisor propone. No son órdenes."""

from enum import StrEnum

import msgspec


class Direccion(StrEnum):
    """Hacia dónde: contratos (CALL/PUT) o posiciones (BUY/SELL)."""

    CALL = "CALL"
    PUT = "PUT"
    BUY = "BUY"
    SELL = "SELL"

    @property
    def signo(self) -> int:
        """Devuelve +1 si gana cuando el precio sube, −1 si gana cuando baja."""
        return 1 if self in (Direccion.CALL, Direccion.BUY) else -1


class Senal(msgspec.Struct, frozen=True, kw_only=True):
    """Propuesta de operar un activo.

    ``fuerza`` es la señal cruda en [0, 1]; ``probabilidad`` la de acierto YA calibrada con datos pasados, en [0, 1], y
    ``probabilidad_baja`` su cota inferior al 95 %; ``clave`` identifica la señal para no operarla dos veces;
    ``epoch_ms`` es la hora del último dato que la formó; ``componentes`` dice cuánto aportó cada indicador.
    """

    clave: str
    simbolo: str
    direccion: Direccion
    epoch_ms: int
    precio: float
    fuerza: float
    probabilidad: float
    probabilidad_baja: float
    componentes: dict[str, float] = {}

    @property
    def confianza_pct(self) -> float:
        """Devuelve la probabilidad calibrada en tanto por ciento."""
        return self.probabilidad * 100.0
