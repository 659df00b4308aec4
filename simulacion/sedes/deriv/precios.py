"""Precio de un contrato CALL/PUT: validación de lo pedido y pago bruto. Fuente: marcos observados de la sede.

``pago = floor2(prima / (0,5 + m))`` con ``m`` 0,0119 (1,9535 por unidad, lo histórico) o 0,0311 (1,88, visto en 2026).
"""

from decimal import ROUND_UP, Decimal

import msgspec

from dominio.dinero import decimales_de, truncar
from simulacion.indices import Indice
from simulacion.sedes.deriv.modelos import Pedido, Rechazo

MARGEN_HISTORICO = Decimal("0.0119")
MARGEN_RECIENTE = Decimal("0.0311")
RECARGO_EMPATE = Decimal("0.002")  # CALLE y PUTE ganan también el empate: pagan algo menos
PRIMA_MINIMA = Decimal("0.35")
PAGO_MAXIMO = Decimal(10_000)
TIPOS = ("CALL", "PUT", "CALLE", "PUTE")
TICKS_MAX, SEGUNDOS_MIN, SEGUNDOS_MAX, DIAS_MAX = 10, 15, 86_400, 365
MEDIO = Decimal("0.5")


class Precio(msgspec.Struct, frozen=True):
    """Lo que la sede ofrece ahora: prima, pago bruto y el último tick conocido."""

    prima: Decimal
    pago: Decimal
    tick_epoch: int
    tick_precio: float


def pago_de(prima: Decimal, tipo: str, margen: Decimal = MARGEN_HISTORICO, moneda: str = "USD") -> Decimal:
    """Devuelve el pago bruto (prima incluida) de un contrato que gana."""
    return truncar(prima / (MEDIO + _margen(tipo, margen)), decimales_de(moneda))


def cotizar(pedido: Pedido, margen: Decimal, tick: tuple[int, float]) -> Precio:
    """Devuelve el precio del pedido. Raises Rechazo si la prima o el pago se salen de los límites."""
    decimales = decimales_de(pedido.moneda)
    if pedido.monto != truncar(pedido.monto, decimales):
        raise Rechazo("IncorrectStakeDecimals", f"Stake can not have more than {decimales} decimal places.")
    if pedido.base == "payout":
        pago = pedido.monto
        cuanto = Decimal(1).scaleb(-decimales)
        prima = (pago * (MEDIO + _margen(pedido.tipo, margen))).quantize(cuanto, rounding=ROUND_UP)
    else:
        prima = pedido.monto
        pago = pago_de(prima, pedido.tipo, margen, pedido.moneda)
    if prima < PRIMA_MINIMA:
        raise Rechazo("InvalidMinStake", f"Please enter a stake amount that's at least {PRIMA_MINIMA}.")
    if pago > PAGO_MAXIMO:
        raise Rechazo("PayoutLimits", f"Maximum payout allowed is {PAGO_MAXIMO:.2f}.")
    return Precio(prima, pago, *tick)


def comprobar_oferta(pedido: Pedido, indice: Indice | None) -> Indice:
    """Devuelve el índice pedido. Raises Rechazo si el símbolo, el tipo, la moneda o la duración no se ofrecen."""
    if indice is None:
        raise Rechazo("InvalidSymbol", f"Symbol {pedido.simbolo} is invalid.", {"field": "underlying_symbol"})
    if pedido.tipo not in TIPOS:
        raise Rechazo("OfferingsValidationError", "Trading is not offered for this contract type.")
    if pedido.moneda != "USD":
        raise Rechazo("ContractBuyValidationError", "Invalid currency for this account.", {"field": "currency"})
    _comprobar_duracion(pedido)
    return indice


def _comprobar_duracion(pedido: Pedido) -> None:
    detalle = {"field": "duration"}
    if pedido.unidad == "t":
        if not 1 <= pedido.duracion <= TICKS_MAX:
            raise Rechazo("TicksNumberLimits", f"Number of ticks must be between 1 and {TICKS_MAX}.", detalle)
        return
    maximo = DIAS_MAX * SEGUNDOS_MAX if pedido.unidad == "d" else SEGUNDOS_MAX
    if not SEGUNDOS_MIN <= pedido.segundos <= maximo:
        raise Rechazo("TradingDurationNotAllowed", "Trading is not offered for this duration.", detalle)


def _margen(tipo: str, margen: Decimal) -> Decimal:
    return margen + (RECARGO_EMPATE if tipo in ("CALLE", "PUTE") else 0)
