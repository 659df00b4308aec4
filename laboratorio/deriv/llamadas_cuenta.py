"""Las llamadas de cuenta y de suscripciones: balance, transacciones, cartera, extracto, beneficios y olvidos."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from laboratorio.deriv.flujos import BALANCE, CONTRATO, CONTRATOS, TRANSACCIONES
from laboratorio.deriv.respuestas import Mensaje, numero
from simulacion.sedes.deriv import Contrato, Cuenta, Rechazo

if TYPE_CHECKING:
    from laboratorio.deriv.sesion_ws import Sesion


def balance(s: "Sesion", p: Mensaje) -> None:
    """Contesta el balance y, si se pide, cada cambio."""
    cuenta = _cuenta(s)
    flujo = s.servidor.flujos.alta(s, BALANCE, cuenta.id, p) if p.get("subscribe") else None
    s.responder(p, "balance", s.dialecto.balance(cuenta), flujo)


def transacciones(s: "Sesion", p: Mensaje) -> None:
    """Contesta solo la suscripción; luego cada compra, venta o movimiento."""
    flujo = s.servidor.flujos.alta(s, TRANSACCIONES, _cuenta(s).id, p)
    s.responder(p, "transaction", None, flujo)


def cartera(s: "Sesion", p: Mensaje) -> None:
    """Contesta los contratos abiertos."""
    libro, tipos = s.servidor.libro, p.get("contract_type")
    limite = s.servidor.efectos.foto_cuenta(_cuenta(s).id)
    vivos = [
        c
        for c in libro.contratos.values()
        if c.cuenta == _cuenta(s).id and (_abierto_a(c, limite) if limite is not None else not c.cerrado)
    ]
    filas = [
        s.dialecto.en_cartera(c, libro.mercado.indices[c.pedido.simbolo])
        for c in vivos
        if not tipos or c.pedido.tipo in tipos
    ]
    s.responder(p, "portfolio", {"contracts": filas})


def extracto(s: "Sesion", p: Mensaje) -> None:
    """Contesta las filas del extracto, de nueva a vieja; ``date_to`` no entra."""
    libro = s.servidor.libro
    filas = libro.extracto(_cuenta(s).id, p.get("date_from", 0), p.get("date_to"), p.get("action_type"))
    limite = s.servidor.efectos.foto_cuenta(_cuenta(s).id)
    if limite is not None:
        filas = tuple(m for m in filas if m.hora <= limite)
    desde, cuantas = p.get("offset", 0), int(p.get("limit", 100))
    transacciones = []
    for m in filas[desde : desde + cuantas]:
        contrato = libro.contratos.get(m.contrato) if m.contrato else None
        indice = s.servidor.indice(contrato)
        transacciones.append(s.dialecto.en_extracto(m, contrato, indice, bool(p.get("description"))))
    s.responder(p, "statement", {"count": len(transacciones), "transactions": transacciones})


def beneficios(s: "Sesion", p: Mensaje) -> None:
    """Contesta los contratos cerrados; ``date_to`` no entra."""
    libro, tipos = s.servidor.libro, p.get("contract_type")
    desde, hasta = _hora(p.get("date_from", "0")), _hora(p["date_to"]) if "date_to" in p else None
    limite = s.servidor.efectos.foto_cuenta(_cuenta(s).id)
    filas = [c for c in libro.cerrados(_cuenta(s).id, desde, hasta) if not tipos or c.pedido.tipo in tipos]
    if limite is not None:
        filas = [c for c in filas if (c.vendido_en or 0) <= limite]
    if p.get("sort") == "ASC":
        filas.reverse()
    primera, cuantas = p.get("offset", 0), int(p.get("limit", 50))
    transacciones = [
        s.dialecto.en_beneficios(c, libro.mercado.indices[c.pedido.simbolo], bool(p.get("description")))
        for c in filas[primera : primera + cuantas]
    ]
    s.responder(p, "profit_table", {"count": len(transacciones), "transactions": transacciones})


def olvidar(s: "Sesion", p: Mensaje) -> None:
    """Contesta 1 si había tal suscripción, 0 si no."""
    uno = s.suscripciones.get(p["forget"])
    if uno is not None:
        s.servidor.flujos.baja(uno)
    s.responder(p, "forget", int(uno is not None))


def olvidar_todo(s: "Sesion", p: Mensaje) -> None:
    """Contesta los identificadores de las suscripciones que se acaban."""
    clases = {p["forget_all"]} if isinstance(p["forget_all"], str) else set(p["forget_all"])
    if CONTRATO in clases:
        clases.add(CONTRATOS)
    bajas = [uno for uno in s.suscripciones.values() if uno.clase in clases]
    for uno in bajas:
        s.servidor.flujos.baja(uno)
    s.responder(p, "forget_all", [uno.id for uno in bajas])


def autorizar(s: "Sesion", p: Mensaje) -> None:
    """Identifica la conexión v3 con un token. Raises Rechazo InvalidToken."""
    token = p["authorize"]
    todas = s.servidor.libro.de_token(token)
    if not todas or s.servidor.efectos.rechazo_rest(token) is not None:
        raise Rechazo("InvalidToken", "The token is invalid.")
    visibles = [c for c in s.servidor.efectos.cuentas_visibles(todas) if c.estado == "active"]
    elegida = next((c for c in visibles if c.es_demo), visibles[0] if visibles else None)
    if elegida is None:
        raise Rechazo("AccountDisabled", "Account is disabled.")
    if s.servidor.efectos.rechazo_ws(elegida) is not None:
        s.cortar()
        return
    s.cuenta = elegida
    s.responder(p, "authorize", s.dialecto.autorizacion(elegida, todas))  # type: ignore[attr-defined]


def salir(s: "Sesion", p: Mensaje) -> None:
    """Cierra la sesión de la cuenta; la conexión sigue."""
    s.responder(p, "logout", 1)
    for uno in [u for u in s.suscripciones.values() if u.clase in (BALANCE, TRANSACCIONES, CONTRATO, CONTRATOS)]:
        s.servidor.flujos.baja(uno)
    s.cuenta = None


def reponer(s: "Sesion", p: Mensaje) -> None:
    """Repone una cuenta demo con menos de 1 000 (solo v3)."""
    cuenta = _cuenta(s)
    if not cuenta.es_demo or cuenta.balance > 1000:
        raise Rechazo("TopupVirtualError", "You can only request additional funds if your balance is below 1000.00.")
    movida = s.servidor.libro.reponer_demo(cuenta.id)
    s.responder(p, "topup_virtual", {"amount": numero(movida.importe if movida else 0), "currency": cuenta.moneda})


def _cuenta(s: "Sesion") -> Cuenta:
    if s.cuenta is None:
        raise Rechazo("AuthorizationRequired", "Please log in.")
    return s.cuenta


def _abierto_a(contrato: Contrato, hora: int) -> bool:
    return contrato.inicio <= hora and (contrato.vendido_en is None or contrato.vendido_en > hora)


def _hora(texto: str) -> int:
    if "-" not in texto:
        return int(texto)
    anyo, mes, dia = (int(parte) for parte in texto.split("-"))
    return int(datetime(anyo, mes, dia, tzinfo=UTC).timestamp())
