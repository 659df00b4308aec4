"""Posiciones de una sede y su liquidación: ganada, perdida o nula."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from dominio.senales import Direccion


class Resultado(StrEnum):
    """Cómo acabó una operación. Una NULA (anulada o reembolsada) no es ganada ni perdida."""

    GANADA = "ganada"
    PERDIDA = "perdida"
    NULA = "nula"


class Liquidacion(msgspec.Struct, frozen=True, kw_only=True):
    """El final de una posición. ``beneficio`` es neto (cobrado menos pagado), en la moneda de la cuenta."""

    referencia: str
    resultado: Resultado
    beneficio: Decimal
    cobrado: Decimal
    hora: datetime
    precio_entrada: Decimal | None = None
    precio_salida: Decimal | None = None
    hora_inicio: datetime | None = None
    hora_fin: datetime | None = None
    transaccion: str | None = None


class PosicionSede(msgspec.Struct, frozen=True, kw_only=True):
    """Una posición como la ve la sede; ``liquidacion`` solo cuando está cerrada de verdad."""

    referencia: str
    simbolo: str
    direccion: Direccion
    monto: Decimal
    hora_compra: datetime
    pago: Decimal | None = None
    vence_en: datetime | None = None
    transaccion: str | None = None
    liquidacion: Liquidacion | None = None


class Movimiento(msgspec.Struct, frozen=True, kw_only=True):
    """Una fila del extracto: cada una cambia el balance una vez y tiene identificador propio."""

    transaccion: str
    accion: str  # buy, sell, deposit, withdrawal…: texto de la sede, abierto
    importe: Decimal
    balance_despues: Decimal
    hora: datetime
    referencia: str | None = None
    resumen: str = ""


class Saldo(msgspec.Struct, frozen=True, kw_only=True):
    """El balance de una cuenta en un momento."""

    cuenta: str
    balance: Decimal
    moneda: str
