"""Lo que dice el código corto de un contrato: ``CALL_R_50_18.83_1789347036_5T_S0P_0``.

Tipo, símbolo, PAGO (no la prima), inicio (epoch s), vencimiento (epoch s) o número de ticks, barreras.
"""

import re
from decimal import Decimal

import msgspec

_FORMA = re.compile(r"^([A-Z]+)_(\w+?)_(\d+(?:\.\d+)?)_(\d{9,10})F?_(\d{1,3}T|\d{9,10}F?)(?:_|$)")


class CodigoCorto(msgspec.Struct, frozen=True):
    """Un código corto leído. ``duracion`` en ``unidad`` («t» o «s»)."""

    tipo: str
    simbolo: str
    pago: Decimal
    inicio: int
    duracion: int
    unidad: str


def leer_codigo_corto(texto: object) -> CodigoCorto | None:
    """Devuelve el código corto leído, o None si no tiene la forma de un CALL/PUT con duración."""
    partes = _FORMA.match(texto) if isinstance(texto, str) else None
    if partes is None:
        return None
    tipo, simbolo, pago, inicio, final = partes.groups()
    if final.endswith("T"):
        return CodigoCorto(tipo, simbolo, Decimal(pago), int(inicio), int(final[:-1]), "t")
    return CodigoCorto(tipo, simbolo, Decimal(pago), int(inicio), int(final.rstrip("F")) - int(inicio), "s")
