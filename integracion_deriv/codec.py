"""Mensajes de Deriv ↔ lenguaje del dominio, para los dos dialectos y con tolerancia.

Los importes llegan como número o como texto; el símbolo, con tres nombres; los campos de más se ignoran y los que
faltan son None. Nada de aquí inventa un resultado: lo que no se entiende no es una liquidación.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from dominio.dinero import CERO, redondear
from dominio.instrumentos import Instrumento, Oferta, Sede
from dominio.ordenes import Aceptacion
from dominio.posiciones import Liquidacion, Movimiento, PosicionSede, Resultado, Saldo
from dominio.reloj import de_epoch
from dominio.senales import Direccion
from integracion_deriv.shortcode import leer_codigo_corto

TERMINALES = frozenset({"won", "lost", "sold", "cancelled"})
_SEGUNDOS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DIRECCIONES = {
    "CALL": Direccion.CALL,
    "CALLE": Direccion.CALL,
    "HIGHER": Direccion.CALL,
    "PUT": Direccion.PUT,
    "PUTE": Direccion.PUT,
    "LOWER": Direccion.PUT,
}
_SALIDAS = frozenset({"buy", "withdrawal"})
_ENTRADAS = frozenset({"sell", "deposit"})
ENTERO_MAX = 10**18
DECIMALES_MAX = 8
CIFRAS_MAX = 15  # un balance con más cifras enteras no es un balance
EPOCH_MAX = 10**10
Fila = dict[str, Any]


def importe(valor: Any) -> Decimal | None:
    """Devuelve el importe exacto de un número o texto; None si no lo es."""
    if isinstance(valor, bool) or not isinstance(valor, (Decimal, int, float, str)):
        return None
    try:
        numero = Decimal(repr(valor)) if isinstance(valor, float) else Decimal(valor)
    except InvalidOperation:
        return None
    return numero if numero.is_finite() else None


def dinero(valor: Any) -> Decimal | None:
    """Devuelve un importe en dinero, sin el ruido de la coma flotante de la sede (9.000000000000002 es 9).

    Con ruido no cuadraría con nada ni se podría guardar exacto. Ninguna moneda de la sede tiene más de 8 decimales.
    """
    numero = importe(valor)
    if numero is None or numero.adjusted() > CIFRAS_MAX:
        return None
    exponente = numero.as_tuple().exponent
    fino = isinstance(exponente, int) and exponente < -DECIMALES_MAX
    return redondear(numero, DECIMALES_MAX).normalize() + CERO if fino else numero


def entero(valor: Any) -> int | None:
    """Devuelve el entero de un número o texto; None si no lo es."""
    numero = importe(valor)
    return int(numero) if numero is not None and abs(numero) < ENTERO_MAX else None


def texto(valor: Any) -> str:
    """Devuelve el texto, o vacío si no lo es."""
    return valor if isinstance(valor, str) else ""


def momento(valor: Any) -> datetime | None:
    """Devuelve la hora UTC de unos segundos desde 1970; None si no lo son."""
    segundos = entero(valor)
    return de_epoch(segundos) if segundos is not None and 0 < segundos < EPOCH_MAX else None


def referencia(valor: Any) -> str | None:
    """Devuelve un identificador de la sede como texto; None si no lo hay."""
    numero = entero(valor)
    return str(numero) if numero else None


def objeto(mensaje: Fila, clave: str) -> Fila:
    """Devuelve el objeto bajo ``clave``; vacío si no lo hay."""
    valor = mensaje.get(clave)
    return valor if isinstance(valor, dict) else {}


def filas(contenedor: Any) -> list[Fila]:
    """Devuelve las filas que son objetos; ninguna si no es una lista."""
    return [fila for fila in contenedor if isinstance(fila, dict)] if isinstance(contenedor, list) else []


def simbolo_de(fila: Fila) -> str:
    """Devuelve el símbolo, se llame como se llame; si no viene, el del código corto."""
    directo = texto(fila.get("underlying_symbol")) or texto(fila.get("symbol")) or texto(fila.get("underlying"))
    if directo:
        return directo
    corto = leer_codigo_corto(fila.get("shortcode"))
    return corto.simbolo if corto else ""


def tipo_de(fila: Fila) -> str:
    """Devuelve el tipo de contrato; si no viene, el del código corto."""
    directo = texto(fila.get("contract_type"))
    if directo:
        return directo
    corto = leer_codigo_corto(fila.get("shortcode"))
    return corto.tipo if corto else ""


def direccion_de(fila: Fila) -> Direccion:
    """Devuelve la dirección; un tipo que no operamos cuenta como comprado (BUY)."""
    return _DIRECCIONES.get(tipo_de(fila), Direccion.BUY)


def intervalo_ms(simbolo: str) -> int:
    """Devuelve la cadencia de ticks de un índice sintético; 0 si no es fija."""
    if simbolo.startswith(("1HZ", "JD", "stpRNG")):
        return 1000
    return 2000 if simbolo.startswith("R_") else 0


def a_instrumento(fila: Fila) -> Instrumento | None:
    """Devuelve el instrumento de una fila de ``active_symbols``; None si no trae símbolo o incremento."""
    simbolo = simbolo_de(fila)
    paso = importe(fila.get("pip_size")) or importe(fila.get("pip"))
    if not simbolo or paso is None or paso <= 0:
        return None
    exponente = paso.normalize().as_tuple().exponent
    return Instrumento(
        sede=Sede.DERIV,
        simbolo=simbolo,
        nombre=texto(fila.get("underlying_symbol_name")) or texto(fila.get("display_name")) or simbolo,
        decimales=max(0, -exponente) if isinstance(exponente, int) else 0,
        paso_precio=paso,
        abierto=entero(fila.get("exchange_is_open")) == 1 and not entero(fila.get("is_trading_suspended")),
        clase=texto(fila.get("submarket")) or texto(fila.get("market")),
        intervalo_ms=intervalo_ms(simbolo),
    )


def _duracion(valor: Any) -> tuple[int, str] | None:
    escrito = texto(valor)
    if len(escrito) < 2 or not escrito[:-1].isdigit():
        return None
    if escrito[-1] == "t":
        return int(escrito[:-1]), "t"
    factor = _SEGUNDOS.get(escrito[-1])
    return (int(escrito[:-1]) * factor, "s") if factor else None


def a_oferta(fila: Fila, simbolo: str) -> Oferta | None:
    """Devuelve la oferta por ticks o intradía de una fila de ``contracts_for``; None para las demás."""
    if texto(fila.get("expiry_type")) not in ("tick", "intraday") or fila.get("start_type") == "forward":
        return None
    minima, maxima = _duracion(fila.get("min_contract_duration")), _duracion(fila.get("max_contract_duration"))
    tipo = texto(fila.get("contract_type"))
    if minima is None or maxima is None or minima[1] != maxima[1] or not tipo:
        return None
    return Oferta(simbolo=simbolo, tipo_contrato=tipo, unidad=minima[1], duracion_min=minima[0], duracion_max=maxima[0])


def a_saldo(fila: Fila, cuenta: str = "") -> Saldo | None:
    """Devuelve el balance de una respuesta ``balance``; None si no trae número."""
    cantidad = dinero(fila.get("balance"))
    if cantidad is None:
        return None
    return Saldo(cuenta=texto(fila.get("loginid")) or cuenta, balance=cantidad, moneda=texto(fila.get("currency")))


def a_movimiento(fila: Fila) -> Movimiento | None:
    """Devuelve una fila del extracto o del canal ``transaction``; None si le falta lo esencial.

    El signo se fija por la acción: una compra siempre resta, aunque la sede mande el importe sin signo.
    """
    transaccion = referencia(fila.get("transaction_id"))
    cantidad = dinero(fila.get("amount"))
    despues = dinero(fila.get("balance_after", fila.get("balance")))
    cuando = momento(fila.get("transaction_time"))
    if transaccion is None or cantidad is None or despues is None or cuando is None:
        return None
    accion = texto(fila.get("action_type")) or texto(fila.get("action"))
    if accion in _SALIDAS:
        cantidad = -abs(cantidad)
    elif accion in _ENTRADAS:
        cantidad = abs(cantidad)
    return Movimiento(
        transaccion=transaccion,
        accion=accion,
        importe=cantidad,
        balance_despues=despues,
        hora=cuando,
        referencia=referencia(fila.get("contract_id")),
        resumen=texto(fila.get("shortcode")) or texto(fila.get("longcode")),
    )


def a_aceptacion(fila: Fila, *, tras_buscar: bool = False) -> Aceptacion | None:
    """Devuelve la prueba de compra de una respuesta ``buy`` o de una fila de cartera o beneficios; None sin número."""
    contrato, cuando, precio = (
        referencia(fila.get("contract_id")),
        momento(fila.get("purchase_time")) or momento(fila.get("start_time")) or momento(fila.get("date_start")),
        dinero(fila.get("buy_price")),
    )
    if contrato is None or cuando is None or precio is None:
        return None
    transaccion = fila.get("transaction_id") or objeto(fila, "transaction_ids").get("buy")
    return Aceptacion(
        referencia=contrato,
        hora=cuando,
        precio=precio,
        transaccion=referencia(transaccion),
        pago=dinero(fila.get("payout")),
        balance_despues=dinero(fila.get("balance_after")),
        tras_buscar=tras_buscar,
    )


def es_terminal(fila: Fila) -> bool:
    """Devuelve si el contrato acabó de verdad. Vencido (``is_expired``) no basta."""
    return entero(fila.get("is_sold")) == 1 or texto(fila.get("status")) in TERMINALES


def a_liquidacion(fila: Fila) -> Liquidacion | None:
    """Devuelve la liquidación de un contrato (``proposal_open_contract``); None si no acabó o le faltan cifras."""
    contrato = referencia(fila.get("contract_id"))
    if contrato is None or not es_terminal(fila):
        return None
    cifras = _cifras(fila)
    if cifras is None:
        return None
    cobrado, beneficio = cifras
    fin = momento(fila.get("exit_spot_time")) or momento(fila.get("exit_tick_time")) or momento(fila.get("date_expiry"))
    hora = momento(fila.get("sell_time")) or momento(fila.get("date_settlement")) or fin
    if hora is None:
        return None
    return Liquidacion(
        referencia=contrato,
        resultado=resultado_de(texto(fila.get("status")), beneficio),
        beneficio=beneficio,
        cobrado=cobrado,
        hora=hora,
        precio_entrada=importe(fila.get("entry_spot")) or importe(fila.get("entry_tick")),
        precio_salida=importe(fila.get("exit_spot")) or importe(fila.get("exit_tick")),
        hora_inicio=momento(fila.get("date_start")) or momento(fila.get("purchase_time")),
        hora_fin=fin or hora,
        transaccion=referencia(objeto(fila, "transaction_ids").get("sell")),
    )


def liquidacion_de_beneficios(fila: Fila) -> Liquidacion | None:
    """Devuelve la liquidación de una fila de ``profit_table``; None si está incompleta. No trae los precios."""
    contrato, hora = referencia(fila.get("contract_id")), momento(fila.get("sell_time"))
    cobrado, pagado = dinero(fila.get("sell_price")), dinero(fila.get("buy_price"))
    if contrato is None or hora is None or cobrado is None or pagado is None:
        return None
    return Liquidacion(
        referencia=contrato,
        resultado=resultado_de("sold", cobrado - pagado),
        beneficio=cobrado - pagado,
        cobrado=cobrado,
        hora=hora,
        hora_inicio=momento(fila.get("purchase_time")),
        hora_fin=hora,
    )


def resultado_de(estado: str, beneficio: Decimal) -> Resultado:
    """Devuelve ganada, perdida o nula. Una venta anticipada vale por su beneficio; una anulada es nula siempre."""
    if estado == "won":
        return Resultado.GANADA
    if estado == "lost":
        return Resultado.PERDIDA
    if estado == "cancelled" or beneficio == CERO:
        return Resultado.NULA
    return Resultado.GANADA if beneficio > CERO else Resultado.PERDIDA


def _cifras(fila: Fila) -> tuple[Decimal, Decimal] | None:
    """Devuelve (cobrado, beneficio); el beneficio es lo cobrado menos lo pagado. En un contrato anulado, o si falta
    alguna de las dos cifras, manda el que dice la sede."""
    pagado, cobrado, beneficio = (dinero(fila.get(clave)) for clave in ("buy_price", "sell_price", "profit"))
    anulado = texto(fila.get("status")) == "cancelled" and beneficio is not None
    if cobrado is not None and pagado is not None and not anulado:
        return cobrado, cobrado - pagado
    if beneficio is None or pagado is None:
        return None
    return pagado + beneficio, beneficio


def a_posicion(fila: Fila) -> PosicionSede | None:
    """Devuelve una posición de ``portfolio`` o ``proposal_open_contract``; None si le falta lo esencial."""
    prueba = a_aceptacion(fila)
    if prueba is None:
        return None
    return PosicionSede(
        referencia=prueba.referencia,
        simbolo=simbolo_de(fila),
        direccion=direccion_de(fila),
        monto=prueba.precio,
        hora_compra=prueba.hora,
        pago=prueba.pago,
        vence_en=momento(fila.get("date_expiry")) or momento(fila.get("expiry_time")),
        transaccion=prueba.transaccion,
        liquidacion=a_liquidacion(fila),
    )
