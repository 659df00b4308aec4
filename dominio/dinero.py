"""Dinero en ``Decimal``: conversión exacta y redondeo hacia abajo. Nada se redondea hacia arriba."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

from dominio.errores import ErrorPermanente

DECIMALES_MONEDA = {"USD": 2, "EUR": 2, "GBP": 2, "AUD": 2, "USDT": 2, "USDC": 2, "BTC": 8, "ETH": 8, "LTC": 8}
CERO = Decimal(0)


def a_decimal(valor: "Decimal | int | float | str") -> Decimal:
    """Devuelve el valor exacto como Decimal; un float se lee por su forma escrita más corta.

    Raises:
        ErrorPermanente: DIN-01 si no es un número finito.
    """
    try:
        numero = valor if isinstance(valor, Decimal) else Decimal(repr(valor) if isinstance(valor, float) else valor)
    except (InvalidOperation, TypeError, ValueError) as fallo:
        raise ErrorPermanente("DIN-01", f"«{valor!r}» no es un importe.") from fallo
    if not numero.is_finite():
        raise ErrorPermanente("DIN-01", f"«{valor!r}» no es un importe finito.")
    return numero


def decimales_de(moneda: str) -> int:
    """Devuelve cuántos decimales usa la moneda (2 si no se conoce)."""
    return DECIMALES_MONEDA.get(moneda.upper(), 2)


def truncar(valor: Decimal, decimales: int) -> Decimal:
    """Devuelve ``valor`` recortado hacia cero a ``decimales`` cifras."""
    return _cuantizar(valor, decimales, ROUND_DOWN)


def redondear(valor: Decimal, decimales: int) -> Decimal:
    """Devuelve ``valor`` redondeado al par más cercano, para mostrar (nunca para dimensionar)."""
    return _cuantizar(valor, decimales, ROUND_HALF_EVEN)


def _cuantizar(valor: Decimal, decimales: int, modo: str) -> Decimal:
    with localcontext() as contexto:
        contexto.prec = 60
        return valor.quantize(Decimal(1).scaleb(-decimales), rounding=modo)
