"""De una liquidación a ganada, perdida o nula. Manda el dinero: lo cobrado menos lo pagado."""

from decimal import Decimal

import msgspec

from dominio.dinero import CERO
from dominio.errores import ErrorDetener
from dominio.posiciones import Liquidacion, Resultado


def resultado_de(beneficio: Decimal) -> Resultado:
    """Devuelve el resultado de un beneficio neto: cobrar justo lo que se pagó (un reembolso) es NULA."""
    if beneficio == CERO:
        return Resultado.NULA
    return Resultado.GANADA if beneficio > CERO else Resultado.PERDIDA


def evaluar(liquidacion: Liquidacion, prima: Decimal | None = None) -> Liquidacion:
    """Devuelve la liquidación con el resultado que dice su dinero.

    ``prima``: lo que se pagó, si se sabe. Una anulada solo puede devolver la prima; si no, se ganó o se perdió.

    Raises:
        ErrorDetener: EVA-01 si lo cobrado menos la prima no es el beneficio: el libro y la sede no hablan de lo mismo.
    """
    reembolso = liquidacion.resultado is Resultado.NULA and liquidacion.beneficio == CERO
    if prima is not None and not reembolso and liquidacion.cobrado - prima != liquidacion.beneficio:
        raise ErrorDetener(
            "EVA-01",
            f"El contrato {liquidacion.referencia} cobró {liquidacion.cobrado} por una prima de {prima} y la sede dice "
            f"un beneficio de {liquidacion.beneficio}.",
            "No se opera hasta aclararlo: mire el extracto de la cuenta.",
        )
    resultado = resultado_de(liquidacion.beneficio)
    return msgspec.structs.replace(liquidacion, resultado=resultado)
