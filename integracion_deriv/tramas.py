"""De octetos a mensajes y al revés. Un tick se lee con tipos y sin pasar por diccionarios; lo demás, con tolerancia."""

from decimal import Decimal
from typing import Any

import msgspec

MARCA_TICK = b'"tick":{'
Mensaje = dict[str, Any]


class _Suscripcion(msgspec.Struct, gc=False):
    id: str = ""


class TickCrudo(msgspec.Struct, gc=False):
    """El cuerpo de un tick tal como llega. ``epoch`` en segundos."""

    symbol: str
    epoch: int
    quote: float
    bid: float | None = None
    ask: float | None = None


class TramaTick(msgspec.Struct, gc=False):
    """Una trama de tick. ``error`` presente la descarta de este camino."""

    tick: TickCrudo
    msg_type: str = ""
    req_id: int | None = None
    subscription: _Suscripcion | None = None
    error: msgspec.Raw = msgspec.Raw(b"")


_lector_tick = msgspec.json.Decoder(TramaTick)
_lector = msgspec.json.Decoder(float_hook=Decimal)
_escritor = msgspec.json.Encoder(decimal_format="number")


def leer_tick(trama: bytes) -> TramaTick | None:
    """Devuelve la trama como tick, o None si no lo es o trae algo raro (entonces vale ``leer``)."""
    try:
        return _lector_tick.decode(trama)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def leer(trama: bytes | str) -> Mensaje | None:
    """Devuelve el mensaje con los números exactos (``Decimal``), o None si no es un objeto JSON."""
    try:
        mensaje = _lector.decode(trama)
    except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None
    return mensaje if isinstance(mensaje, dict) else None


def escribir(peticion: Mensaje) -> bytes:
    """Devuelve la petición en JSON; los ``Decimal`` como números."""
    return _escritor.encode(peticion)
