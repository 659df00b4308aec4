"""Lo que una sede cuenta mientras se está conectado. Los adaptadores lo publican, los bucles lo consumen."""

from datetime import datetime

import msgspec

from dominio.posiciones import Liquidacion, Movimiento, Saldo
from dominio.velas import Tick


class ConexionLista(msgspec.Struct, frozen=True):
    """La conexión está abierta y suscrita; ``reconexion``: hubo un corte antes (hay que reconciliar)."""

    hora: datetime
    reconexion: bool


class ConexionPerdida(msgspec.Struct, frozen=True):
    """Se perdió la conexión: nada nuevo entra hasta reconciliar."""

    hora: datetime
    motivo: str


class PosicionCerrada(msgspec.Struct, frozen=True):
    """La sede liquidó una posición. Puede llegar repetida o antes que su movimiento: se anota una sola vez."""

    liquidacion: Liquidacion


class MovimientoCuenta(msgspec.Struct, frozen=True):
    """El extracto creció en una fila."""

    movimiento: Movimiento


class BalanceSede(msgspec.Struct, frozen=True):
    """La sede informa de su balance (incluye lo que otros hagan en la cuenta)."""

    saldo: Saldo


class DatosRancios(msgspec.Struct, frozen=True):
    """Un activo abierto lleva demasiado sin dar ticks."""

    simbolo: str
    edad_ms: int


EventoSede = Tick | ConexionLista | ConexionPerdida | PosicionCerrada | MovimientoCuenta | BalanceSede | DatosRancios
