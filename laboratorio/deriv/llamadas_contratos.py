"""Las llamadas que tocan contratos: proponer, comprar, vender y seguir."""

from decimal import Decimal
from typing import TYPE_CHECKING

from dominio.dinero import a_decimal
from laboratorio.deriv.flujos import CONTRATO, CONTRATOS, PROPUESTA, Entrega
from laboratorio.deriv.propuestas import PropuestaViva
from laboratorio.deriv.respuestas import Mensaje, uuid
from simulacion.sedes.deriv import Contrato, Pedido, Precio, Rechazo
from simulacion.sedes.deriv.modelos import EnvioRecibido

if TYPE_CHECKING:
    from laboratorio.deriv.sesion_ws import Sesion


def proponer(s: "Sesion", p: Mensaje) -> None:
    """Contesta el precio de ahora. La suscripción se admite, pero estos precios no cambian y no envía nada más."""
    pedido = _pedido(s.dialecto.pedido(p))
    s.servidor.efectos.ante_cotizar(s, "proposal", pedido)
    oferta = s.servidor.libro.cotizar(pedido)
    flujo = None
    if p.get("subscribe"):
        vivas = sum(1 for uno in s.suscripciones.values() if uno.clase == PROPUESTA)
        if s.dialecto.propuestas_max is not None and vivas >= s.dialecto.propuestas_max:
            raise Rechazo("RateLimit", "You have reached the rate limit for proposal.")
        flujo = s.servidor.flujos.alta(s, PROPUESTA, pedido, p)
    id = uuid(s.servidor.azar)
    s.propuestas[id] = PropuestaViva(pedido, oferta, s.servidor.reloj.epoch_ms())
    indice = s.servidor.libro.mercado.indices[pedido.simbolo]
    ahora = s.servidor.libro.ahora_s()
    s.responder(p, "proposal", s.dialecto.propuesta(id, pedido, oferta, indice, ahora), flujo)


def comprar(s: "Sesion", p: Mensaje) -> None:
    """Compra una propuesta de esta conexión, o con parámetros si ``buy`` es «1»."""
    assert s.cuenta is not None
    try:
        if not s.servidor.efectos.ante_compra(s, p, lambda: ejecutar(s, p)):
            ejecutar(s, p)
    except Rechazo as rechazo:
        apuntar(s, None, rechazo.codigo)
        raise


def ejecutar(s: "Sesion", p: Mensaje) -> Contrato:
    """Devuelve el contrato: compra ya, anuncia y contesta. Raises Rechazo."""
    assert s.cuenta is not None
    servidor = s.servidor
    pedido, precio = _resolver(s, p)
    if a_decimal(p["price"]) < precio.prima:
        texto = f"The contract's price has changed from {a_decimal(p['price']):.2f} to {precio.prima:.2f}."
        raise Rechazo("PriceMoved", texto)
    with servidor.flujos.aplazar() as otras:
        contrato = servidor.libro.comprar(s.cuenta.id, pedido, precio, conexion=s.id)
    apuntar(s, contrato.id, "")
    servidor.bomba.activar(pedido.simbolo)
    s.propuestas.pop(p["buy"], None)
    flujo = servidor.flujos.alta(s, CONTRATO, contrato.id, p) if p.get("subscribe") and s.viva else None
    indice = servidor.libro.mercado.indices[pedido.simbolo]
    mensaje = s.sobre(p, "buy", "buy", s.dialecto.compra(contrato, indice, s.cuenta.balance), flujo)

    def responder() -> None:
        s.enviar(mensaje)
        if flujo is not None:
            s.enviar_flujo(flujo, CONTRATO, servidor.flujos.foto_contrato(s, contrato))

    respuesta = Entrega("buy", s, responder)
    servidor.efectos.repartir_compra(s, contrato, p, respuesta, otras)
    return contrato


def vender(s: "Sesion", p: Mensaje) -> None:
    """Rechaza siempre: estos contratos no se revenden."""
    assert s.cuenta is not None
    contrato = s.servidor.libro.contratos.get(int(p["sell"]))
    if contrato is None or contrato.cuenta != s.cuenta.id:
        raise Rechazo("NoOpenPosition", "This contract was not found among your open positions.")
    if contrato.cerrado:
        raise Rechazo("ContractAlreadySold", "This contract has already been sold.")
    if contrato.vencido:
        raise Rechazo("WaitForContractSettlement", "Please wait for contract settlement.")
    if contrato.entrada is None:
        raise Rechazo("SellAtEntryTick", "Contract cannot be sold at entry tick. Please wait for the next tick.")
    raise Rechazo("ResaleNotOffered", "Resale of this contract is not offered.")


def contrato_abierto(s: "Sesion", p: Mensaje) -> None:
    """Contesta el estado de un contrato (vivo o liquidado) o de todos los abiertos, y los sigue si se pide."""
    if "contract_id" in p:
        _un_contrato(s, p, int(p["contract_id"]))
        return
    assert s.cuenta is not None
    if p.get("subscribe"):
        s.servidor.flujos.alta(s, CONTRATOS, s.cuenta.id, p)
    abiertos = s.servidor.libro.abiertos(s.cuenta.id)
    for contrato in abiertos:
        flujo = s.servidor.flujos.alta(s, CONTRATO, contrato.id, p) if p.get("subscribe") else None
        s.responder(p, CONTRATO, s.servidor.flujos.foto_contrato(s, contrato), flujo)
    if not abiertos:
        s.responder(p, CONTRATO, {})


def _un_contrato(s: "Sesion", p: Mensaje, id: int) -> None:
    assert s.cuenta is not None
    contrato = s.servidor.libro.contratos.get(id)
    if contrato is None or contrato.cuenta != s.cuenta.id:
        raise Rechazo("ContractNotFound", "Contract not found for this contract id.")
    sigue = p.get("subscribe") and not contrato.cerrado
    flujo = s.servidor.flujos.alta(s, CONTRATO, id, p) if sigue else None
    s.responder(p, CONTRATO, s.servidor.flujos.foto_contrato(s, contrato), flujo)


def _resolver(s: "Sesion", p: Mensaje) -> tuple[Pedido, Precio]:
    if p["buy"] == "1":
        if "parameters" not in p:
            raise Rechazo("InputValidationFailed", "Input validation failed: parameters", {"parameters": "Missing."})
        pedido = _pedido(s.dialecto.pedido(p["parameters"]))
        s.servidor.efectos.ante_cotizar(s, "buy", pedido)
        return pedido, s.servidor.libro.cotizar(pedido)
    viva = s.propuestas.get(p["buy"])
    vida_ms = s.servidor.vida_propuesta_s * 1000
    if viva is None or s.servidor.reloj.epoch_ms() - viva.creada_ms > vida_ms:
        raise Rechazo("InvalidContractProposal", "Unknown contract proposal")
    s.servidor.efectos.ante_cotizar(s, "buy", viva.pedido)
    return viva.pedido, viva.precio


def _pedido(campos: Mensaje) -> Pedido:
    if campos["monto"] is None:
        raise Rechazo("ContractBuyValidationError", "Please enter a stake or payout amount.", {"field": "amount"})
    if not campos["duracion"]:
        raise Rechazo("OfferingsValidationError", "Missing duration.", {"field": "duration"})
    monto = a_decimal(campos["monto"])
    if monto <= Decimal(0):
        raise Rechazo("InvalidMinStake", "Please enter a stake amount that's at least 0.35.")
    return Pedido(
        tipo=campos["tipo"],
        simbolo=campos["simbolo"],
        monto=monto,
        duracion=int(campos["duracion"]),
        unidad=campos["unidad"],
        base=campos["base"],
        moneda=campos["moneda"],
    )


def apuntar(s: "Sesion", contrato: int | None, codigo: str) -> None:
    """Anota en el libro que llegó una petición de compra y en qué acabó."""
    assert s.cuenta is not None
    envio = EnvioRecibido(s.servidor.reloj.epoch_ms(), s.cuenta.id, s.id, contrato, codigo)
    s.servidor.libro.envios.append(envio)
