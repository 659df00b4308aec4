"""Las órdenes de mando: lo que el panel o una persona piden y el supervisor cumple una sola vez."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dominio.errores import ErrorTransicion
from historial.models import OrdenMando
from historial.services.escritura import insertar
from historial.services.registro import publicar_evento, registrar_auditoria, sencillo

FLUJO = "mando"


def pedir_mando(
    bot: str, orden: str, argumentos: dict[str, Any], actor: str, clave: str, *, ahora: datetime
) -> OrdenMando:
    """Guarda lo pedido y lo devuelve. ``clave`` lo identifica: pedirlo dos veces deja una sola fila.

    ``bot`` vacío: para todos.
    """
    with transaction.atomic():
        nueva = insertar(
            OrdenMando,
            si_no_existe=("clave",),
            bot=bot,
            orden=orden,
            argumentos=sencillo(argumentos),
            actor=actor,
            clave=clave,
            pedida_en=ahora,
        )
        if nueva:
            datos = {"bot": bot, "orden": orden, "argumentos": argumentos, "clave": clave}
            registrar_auditoria(FLUJO, "pedida", datos, actor=actor, ahora=ahora, objeto=clave)
            publicar_evento(bot or FLUJO, "mando", datos | {"estado": "pendiente"}, ahora=ahora)
        return OrdenMando.objects.get(clave=clave)


def tomar_mando(quien: str, bots: tuple[str, ...] = (), *, ahora: datetime) -> OrdenMando | None:
    """Devuelve la orden pendiente más antigua para esos bots (o para todos), ya tomada por ``quien``; None si no hay.

    Dos supervisores nunca toman la misma: gana el que cambia la fila.
    """
    pendientes = OrdenMando.objects.filter(estado="pendiente")
    if bots:
        pendientes = pendientes.filter(bot__in=(*bots, ""))
    for orden in pendientes.order_by("pk"):
        tomada = OrdenMando.objects.filter(pk=orden.pk, estado="pendiente").update(
            estado="tomada", tomada_en=ahora, tomada_por=quien
        )
        if tomada == 1:
            orden.refresh_from_db()
            return orden
    return None


def terminar_mando(id_orden: int, hecha: bool, respuesta: dict[str, Any], actor: str, *, ahora: datetime) -> None:
    """Anota cómo acabó una orden tomada.

    Raises:
        ErrorTransicion: MAN-01 si no estaba tomada.
    """
    estado = "hecha" if hecha else "fallida"
    with transaction.atomic():
        cambiadas = OrdenMando.objects.filter(pk=id_orden, estado="tomada").update(
            estado=estado, respuesta=sencillo(respuesta), terminada_en=ahora
        )
        if cambiadas != 1:
            raise ErrorTransicion("MAN-01", f"La orden de mando {id_orden} no está tomada.")
        orden = OrdenMando.objects.get(pk=id_orden)
        datos = {"id": id_orden, "orden": orden.orden, "estado": estado, "respuesta": respuesta}
        registrar_auditoria(FLUJO, estado, datos, actor=actor, ahora=ahora, objeto=orden.clave)
        publicar_evento(orden.bot or FLUJO, "mando", datos, ahora=ahora)
