"""Vender lo abierto, si la sede lo recompra. Solo lo usa el alto de emergencia: reduce exposición, nunca la aumenta.

Vender un contrato por su número se puede repetir: el segundo intento contesta que ya está vendido.
"""

from decimal import Decimal

import msgspec

from dominio.errores import ErrorTimonel
from integracion_deriv import codec, peticiones
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.conexion import exigir_bien


class Cierre(msgspec.Struct, frozen=True):
    """Lo que pasó con un contrato abierto: «vendido», «no_revendible» o «fallo» (con su código)."""

    referencia: str
    simbolo: str
    resultado: str
    cobrado: Decimal | None = None
    codigo: str = ""


async def vender_abiertos(cliente: ClienteDeriv) -> tuple[Cierre, ...]:
    """Devuelve qué pasó con cada contrato abierto de la cuenta. Un contrato que falla no detiene a los demás.

    Raises:
        ErrorTimonel: la cartera no se pudo leer.
    """
    cartera = codec.objeto(await cliente.pedir(peticiones.cartera()), "portfolio")
    cierres = []
    for fila in codec.filas(cartera.get("contracts")):
        referencia = codec.referencia(fila.get("contract_id"))
        if referencia is not None:
            simbolo = codec.texto(fila.get("underlying_symbol")) or codec.texto(fila.get("symbol"))
            cierres.append(await _cerrar(cliente, referencia, simbolo))
    return tuple(cierres)


async def _cerrar(cliente: ClienteDeriv, referencia: str, simbolo: str) -> Cierre:
    try:
        respuesta = await cliente.pedir(peticiones.contrato(int(referencia)))
        contrato = codec.objeto(respuesta, "proposal_open_contract")
        # Los contratos de pocos ticks no se recompran: la sede lo dice aquí y se liquidan solos.
        if codec.entero(contrato.get("is_valid_to_sell")) != 1:
            return Cierre(referencia, simbolo, "no_revendible")
        venta = {"sell": int(referencia), "price": 0}
        await cliente.presupuesto.turno("sell", cliente.config.plazos.peticion_s)
        recibida = exigir_bien(await cliente.conexion_viva().pedir(venta, cliente.config.plazos.compra_s))
        return Cierre(referencia, simbolo, "vendido", codec.importe(codec.objeto(recibida, "sell").get("sold_for")))
    except ErrorTimonel as fallo:
        return Cierre(referencia, simbolo, "fallo", codigo=fallo.codigo)
