"""La regla de meta y stop dinámicos, como objeto puro.

Una *tanda* va de la activación a la pausa. ``base`` es el balance del último recálculo; ``pico`` el mayor balance
asentado de la tanda. ``meta = base × 1 %``; ``nivel_stop = pico × 99 %``: sube con cada pico y no baja. En cada
liquidación, sin redondear: anotar → pico → stop → meta. La meta alcanzada recalcula; nunca detiene. El stop no se
recorta: la pausa llega entre el 1,0 % y el 1,5 % por debajo del pico.
"""

from decimal import Decimal, localcontext
from enum import StrEnum

import msgspec

from dominio.dinero import CERO, truncar

_CIEN = Decimal(100)


class ReglaDinamica(msgspec.Struct, frozen=True, kw_only=True):
    """Los tres porcentajes de la regla, en tanto por ciento del balance."""

    monto_pct: Decimal = Decimal("0.5")
    meta_pct: Decimal = Decimal(1)
    stop_pct: Decimal = Decimal(1)


class Suceso(StrEnum):
    """Lo que una liquidación provoca."""

    NADA = "nada"
    META = "meta"
    STOP = "stop"


class Tanda(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """El estado de la regla. ``factor`` acumula los movimientos ajenos: por él, y solo por él, puede bajar el stop."""

    numero: int
    base: Decimal
    pico: Decimal
    balance: Decimal
    metas: int = 0
    operaciones: int = 0
    factor: Decimal = Decimal(1)

    @property
    def perdida_acumulada(self) -> Decimal:
        """Devuelve cuánto falta para volver al pico."""
        return self.pico - self.balance

    def meta(self, regla: ReglaDinamica) -> Decimal:
        """Devuelve la ganancia que se busca sobre ``base``."""
        return self.base * regla.meta_pct / _CIEN

    def objetivo(self, regla: ReglaDinamica) -> Decimal:
        """Devuelve el balance que alcanza la meta."""
        return self.base + self.meta(regla)

    def stop_loss(self, regla: ReglaDinamica) -> Decimal:
        """Devuelve la pérdida desde el pico que detiene el bot."""
        return self.pico * regla.stop_pct / _CIEN

    def nivel_stop(self, regla: ReglaDinamica) -> Decimal:
        """Devuelve el balance en el que (o bajo el que) el bot se detiene."""
        return self.pico - self.stop_loss(regla)


def nueva_tanda(numero: int, balance: Decimal) -> Tanda:
    """Devuelve una tanda que empieza en ``balance``."""
    return Tanda(numero=numero, base=balance, pico=balance, balance=balance)


def monto(balance: Decimal, regla: ReglaDinamica, decimales: int, minimo: Decimal) -> Decimal | None:
    """Devuelve la prima de la próxima operación, o None si no llega al mínimo de la sede.

    Se recorta hacia abajo a los decimales de la moneda: nunca supera ``monto_pct`` del balance.
    """
    cantidad = truncar(max(balance, CERO) * regla.monto_pct / _CIEN, decimales)
    return cantidad if cantidad >= minimo and cantidad > CERO else None


def asentar(tanda: Tanda, balance: Decimal, regla: ReglaDinamica) -> tuple[Tanda, Suceso]:
    """Devuelve la tanda tras una liquidación propia que deja el balance asentado en ``balance``, y qué provoca."""
    tanda = msgspec.structs.replace(
        tanda, balance=balance, pico=max(tanda.pico, balance), operaciones=tanda.operaciones + 1
    )
    if tanda.perdida_acumulada >= tanda.stop_loss(regla):
        return tanda, Suceso.STOP
    if balance >= tanda.objetivo(regla):
        return msgspec.structs.replace(tanda, base=balance, metas=tanda.metas + 1), Suceso.META
    return tanda, Suceso.NADA


def movimiento_ajeno(tanda: Tanda, balance: Decimal) -> Tanda:
    """Devuelve la tanda tras un cambio de balance que no es nuestro: ``base`` y ``pico`` se escalan con él.

    Ni ganancia ni pérdida: no alcanza metas ni detiene. Desde un balance cero no hay factor: se empieza de nuevo.
    """
    if tanda.balance <= CERO or balance <= CERO:
        return msgspec.structs.replace(tanda, base=balance, pico=balance, balance=balance)
    with localcontext() as contexto:
        contexto.prec = 40
        factor = balance / tanda.balance
        return msgspec.structs.replace(
            tanda,
            base=tanda.base * balance / tanda.balance,
            pico=max(tanda.pico * balance / tanda.balance, balance),
            balance=balance,
            factor=tanda.factor * factor,
        )
