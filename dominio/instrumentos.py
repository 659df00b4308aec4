"""Sedes, entornos e instrumentos: de qué se habla cuando se habla de un activo."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class Sede(StrEnum):
    """Dónde se opera."""

    DERIV = "deriv"
    BITGET = "bitget"
    MT5 = "mt5"


class Entorno(StrEnum):
    """Con qué dinero: laboratorio, datos vivos sin órdenes, cuenta demo o dinero real."""

    SIMULADO = "simulado"
    PAPEL = "papel"
    DEMO = "demo"
    REAL = "real"


class Instrumento(msgspec.Struct, frozen=True, kw_only=True):
    """Un activo tal como lo describe su sede en este momento.

    ``decimales`` son las cifras del precio; ``paso_precio`` su incremento mínimo; ``intervalo_ms`` la cadencia
    esperada de ticks (0 si no es fija). ``abierto`` ya tiene en cuenta la suspensión.
    """

    sede: Sede
    simbolo: str
    nombre: str
    decimales: int
    paso_precio: Decimal
    abierto: bool
    moneda: str = "USD"
    clase: str = ""
    intervalo_ms: int = 0


class Oferta(msgspec.Struct, frozen=True, kw_only=True):
    """Un tipo de contrato que la sede ofrece sobre un activo, con sus duraciones en segundos o en ticks."""

    simbolo: str
    tipo_contrato: str
    unidad: str  # "t" ticks, "s" segundos
    duracion_min: int
    duracion_max: int
