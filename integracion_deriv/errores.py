"""La tabla de códigos de Deriv: qué prueba cada uno sobre una compra, y qué decir y hacer en español.

Solo lo que la sede rechaza ANTES de ejecutar es prueba. Todo código que no esté aquí como prueba deja la compra
DESCONOCIDA, aunque suene a rechazo. Nunca se mira el texto del mensaje.
"""

from typing import Any

import msgspec

from dominio.errores import (
    ErrorDenegado,
    ErrorDetener,
    ErrorPermanente,
    ErrorReintentable,
    ErrorRetroceder,
    ErrorTimonel,
)


class Entrada(msgspec.Struct, frozen=True):
    """Una fila: qué clase de error es en una lectura, su código nuestro y lo que se dice."""

    clase: type[ErrorTimonel]
    codigo: str
    mensaje: str
    que_hacer: str = ""


_CERRADO = Entrada(
    ErrorPermanente, "DER-301", "El mercado está cerrado.", "Espere a que abra o elija un índice sintético."
)
_MONTO = Entrada(
    ErrorPermanente, "DER-302", "El monto está fuera de los límites de la sede.", "Ajuste el monto o espere más saldo."
)
_SALDO = Entrada(
    ErrorPermanente, "DER-303", "No hay saldo suficiente.", "Recargue la cuenta de demostración o baje el monto."
)
_OFERTA = Entrada(
    ErrorPermanente, "DER-304", "La sede no ofrece ese contrato.", "Revise activo y duración en la configuración."
)
_CONDICIONES = Entrada(
    ErrorPermanente, "DER-310", "La sede no admite ese contrato en estas condiciones.", "Revise monto y duración."
)
_PRECIO = Entrada(
    ErrorPermanente, "DER-305", "El precio cambió o la cotización ya no vale.", "Se cotizará de nuevo con otra señal."
)
_PETICION = Entrada(
    ErrorPermanente, "DER-306", "La sede no admite la petición.", "Es un fallo del programa: guarde el registro."
)
_LIMITE = Entrada(
    ErrorPermanente, "DER-307", "La cuenta llegó a un límite de la sede.", "Revise los límites en Deriv o espere."
)
_CLAVE = Entrada(
    ErrorDetener,
    "DER-102",
    "Deriv no acepta la clave: está mal escrita o fue revocada.",
    "Cree otra en developers.deriv.com y cambie TIMONEL_DERIV_TOKEN.",
)
_PERMISO = Entrada(
    ErrorDetener, "DER-103", "La clave no tiene permiso para operar.", "Cree una clave con el permiso «trade»."
)
_SESION = Entrada(ErrorReintentable, "DER-203", "La conexión perdió su autorización.", "Se abrirá otra.")
_FALTAN_DATOS = Entrada(ErrorReintentable, "DER-308", "La sede no tiene precios del activo ahora mismo.")

# Códigos que PRUEBAN que la compra no se ejecutó (referencia: tabla oficial de errores de la sede).
PROBADOS: dict[str, Entrada] = {
    **dict.fromkeys(("MarketIsClosed", "MarketIsClosedTryVolatility"), _CERRADO),
    **dict.fromkeys(
        (
            "InvalidtoBuy",
            "StakeTooLow",
            "InvalidMinStake",
            "StakeLimits",
            "PayoutLimits",
            "IncorrectStakeDecimals",
        ),
        _MONTO,
    ),
    "InsufficientBalance": _SALDO,
    "ContractBuyValidationError": _CONDICIONES,
    **dict.fromkeys(
        (
            "TradingNotOffered",
            "TradingDurationNotAllowed",
            "OfferingsValidationError",
            "InvalidOfferings",
            "OfferingsInvalidSymbol",
            "InvalidSymbol",
            "TicksNumberLimits",
            "SymbolMissingInBetMarketTable",
            "TradeTemporarilyUnavailable",
        ),
        _OFERTA,
    ),
    "MissingTickMarketData": _FALTAN_DATOS,
    **dict.fromkeys(("PriceMoved", "InvalidContractProposal"), _PRECIO),
    **dict.fromkeys(("InputValidationFailed", "UnrecognisedRequest", "BadRequest", "SanityCheckFailed"), _PETICION),
    **dict.fromkeys(
        (
            "OpenPositionLimit",
            "OpenPositionLimitExceeded",
            "OpenPositionPayoutLimit",
            "DailyTurnoverLimitExceeded",
            "DailyProfitLimitExceeded",
        ),
        _LIMITE,
    ),
    **dict.fromkeys(("ClientUnwelcome", "TradingDisabled", "PermissionDenied"), _PERMISO),
    **dict.fromkeys(("InvalidToken", "InvalidAppID"), _CLAVE),
    "AuthorizationRequired": _SESION,
}
DE_RITMO = frozenset({"RateLimit", "RateLimitExceeded"})
DE_SESION = frozenset({"AuthorizationRequired", "InvalidToken"})
SIN_CONTRATO = frozenset({"ContractNotFound", "NoOpenPosition"})
YA_SUSCRITO = "AlreadySubscribed"
RITMO_PASO_S = 2.5
RITMO_MAX_S = 15.0


def codigo_de(error: Any) -> str:
    """Devuelve el código de un ``error`` de la sede; cadena vacía si no lo trae como texto."""
    codigo = error.get("code") if isinstance(error, dict) else None
    return codigo if isinstance(codigo, str) else ""


def prueba_rechazo(codigo: str) -> bool:
    """Devuelve si ese código prueba que una compra NO se ejecutó."""
    return codigo in PROBADOS


def de_lectura(error: Any, seguidos: int = 1) -> ErrorTimonel:
    """Devuelve el error de dominio para una LECTURA que la sede contestó con ``error``.

    ``seguidos``: cuántos límites de ritmo van seguidos; la espera crece 2,5 s por cada uno, hasta 15 s.
    """
    codigo = codigo_de(error)
    if codigo in DE_RITMO:
        return ErrorRetroceder(
            "DER-204",
            "Deriv pide ir más despacio.",
            "Se espera antes de volver a leer.",
            esperar_s=min(RITMO_PASO_S * max(seguidos, 1), RITMO_MAX_S),
            codigo_sede=codigo,
        )
    entrada = PROBADOS.get(codigo)
    if entrada is not None:
        return entrada.clase(entrada.codigo, entrada.mensaje, entrada.que_hacer, codigo_sede=codigo)
    if codigo in SIN_CONTRATO:
        return ErrorPermanente("DER-309", "La sede no conoce ese contrato.", codigo_sede=codigo)
    return ErrorReintentable(
        "DER-205", "Deriv contestó con un error interno.", "Se leerá otra vez.", codigo_sede=codigo
    )


def de_cotizacion(fallo: ErrorTimonel) -> ErrorTimonel:
    """Devuelve el mismo fallo como denegación si la sede no ofrece lo cotizado; los demás, tal cual."""
    if isinstance(fallo, ErrorPermanente):
        return ErrorDenegado(fallo.codigo, fallo.mensaje, fallo.que_hacer, **fallo.detalle)
    return fallo


def frase_rechazo(codigo: str) -> str:
    """Devuelve la frase en español de un rechazo probado."""
    entrada = PROBADOS[codigo]
    return f"{entrada.mensaje} {entrada.que_hacer}".strip()
