"""Las órdenes de mando: lo que el panel o una persona piden y el supervisor cumple una sola vez."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import models, transaction

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


def tomar_mando(
    quien: str,
    bots: tuple[str, ...] = (),
    *,
    ahora: datetime,
    ordenes: tuple[str, ...] = (),
    excepto: tuple[str, ...] = (),
    de_todos: bool = True,
) -> OrdenMando | None:
    """Devuelve la orden pendiente más antigua que le toca a ``quien``, ya tomada; None si no hay.

    ``bots``: los suyos (vacío: cualquiera, ``excepto`` esos). ``ordenes``: las que sabe cumplir (vacío: cualquiera).
    ``de_todos``: si toma también las que no nombran un bot. Dos supervisores nunca toman la misma: gana el que cambia
    la fila.
    """
    for orden in _suyas("pendiente", bots, ordenes, excepto, de_todos).order_by("pk"):
        tomada = OrdenMando.objects.filter(pk=orden.pk, estado="pendiente").update(
            estado="tomada", tomada_en=ahora, tomada_por=quien
        )
        if tomada == 1:
            orden.refresh_from_db()
            return orden
    return None


def recoger_mandos(
    quien: str,
    bots: tuple[str, ...] = (),
    *,
    ahora: datetime,
    tomadas_antes_de: datetime,
    ordenes: tuple[str, ...] = (),
    excepto: tuple[str, ...] = (),
    de_todos: bool = True,
) -> int:
    """Cierra lo que alguien tomó y no terminó, y devuelve cuántas eran. Un alto se vuelve a dejar pendiente.

    Repetir un alto no hace daño; de lo demás no se sabe si llegó a hacerse, y lo repite quien lo pidió si quiere.
    """
    huerfanas = _suyas("tomada", bots, ordenes, excepto, de_todos).filter(tomada_en__lt=tomadas_antes_de)
    recogidas = 0
    for orden in huerfanas.order_by("pk"):
        recogidas += 1
        if orden.orden == "alto":
            OrdenMando.objects.filter(pk=orden.pk, estado="tomada").update(estado="pendiente", tomada_por="")
            continue
        respuesta = {
            "codigo": "MAN-03",
            "mensaje": "Quien la tomó no dijo cómo acabó. Compruébelo y, si hace falta, repítala.",
        }
        with suppress(ErrorTransicion):  # la terminó otro entretanto
            terminar_mando(orden.pk, False, respuesta, quien, ahora=ahora)
    return recogidas


def _suyas(
    estado: str, bots: tuple[str, ...], ordenes: tuple[str, ...], excepto: tuple[str, ...], de_todos: bool
) -> "models.QuerySet[OrdenMando]":
    filas = OrdenMando.objects.filter(estado=estado)
    if ordenes:
        filas = filas.filter(orden__in=ordenes)
    if bots:
        filas = filas.filter(bot__in=(*bots, ""))
    if excepto:
        filas = filas.exclude(bot__in=excepto)
    return filas if de_todos else filas.exclude(bot="")


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
