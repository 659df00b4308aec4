"""Lo que fue de una orden: respuesta de la sede, búsquedas del reconciliador y decisión de una persona.

Cada cambio de estado comprueba el ciclo de vida y es un UPDATE condicional que debe cambiar UNA fila.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from dominio import puntos_fallo
from dominio.errores import ErrorTransicion, ErrorUsuario
from dominio.ordenes import CON_RESERVA, Aceptacion, EstadoOrden, ResultadoEnvio, comprobar_transicion
from historial.models import Orden
from historial.services.intenciones import liberar_reserva, ocupar_reserva
from historial.services.operaciones import abrir_operacion
from historial.services.registro import bloquear_flujo, publicar_evento, registrar_auditoria
from historial.services.traduccion import clave_cuenta

_E = EstadoOrden
VIGILANCIA = timedelta(hours=24)
_DE_UN_ENVIO = frozenset({_E.ACEPTADA, _E.RECHAZADA, _E.DESCONOCIDA, _E.NO_ENVIADA})
_DE_UNA_BUSQUEDA = frozenset({_E.DESCONOCIDA, _E.NO_COLOCADA, _E.REVISION})
_YA_EN_LA_SEDE = frozenset({_E.ACEPTADA, _E.ACTIVA, _E.PARCIAL, _E.EJECUTADA, _E.CANCELADA, _E.VENCIDA})


def registrar_resultado(id_cliente: str, resultado: ResultadoEnvio, *, ahora: datetime) -> None:
    """Guarda lo que se sabe tras un envío; si la sede aceptó, abre la operación. Repetirlo no cambia nada.

    Raises:
        ErrorTransicion: ORD-01 si el ciclo de vida no lo permite (un rechazo que llega tras darla por desconocida).
    """
    if resultado.estado not in _DE_UN_ENVIO or (resultado.estado is _E.ACEPTADA) != (resultado.aceptacion is not None):
        raise ErrorTransicion("ORD-04", f"Un envío no acaba en {resultado.estado} sin su aceptación.")
    with transaction.atomic(durable=True):
        orden, cabeza = _orden_bloqueada(id_cliente)
        if not _ya_anotado(orden, resultado.estado, resultado.aceptacion):
            motivo = resultado.mensaje or resultado.codigo
            if resultado.aceptacion is not None:
                _aceptar(orden, resultado.aceptacion, motivo, orden.bot, ahora, cabeza)
            else:
                _pasar_a(orden, resultado.estado, motivo, orden.bot, ahora, cabeza, codigo=resultado.codigo)
        puntos_fallo.pasar("antes_de_confirmar")


def adoptar(id_cliente: str, aceptacion: Aceptacion, motivo: str, *, ahora: datetime, actor: str = "") -> None:
    """Hace nuestra la orden hallada en la sede. Repetirlo con la misma referencia no cambia nada.

    Raises:
        ErrorTransicion: ORD-01 si la orden ya tiene otro final.
    """
    with transaction.atomic(durable=True):
        orden, cabeza = _orden_bloqueada(id_cliente)
        if not _ya_anotado(orden, _E.ACEPTADA, aceptacion):
            _aceptar(orden, aceptacion, motivo, actor or orden.bot, ahora, cabeza)


def marcar(
    id_cliente: str, estado: EstadoOrden, motivo: str, *, ahora: datetime, vigilancia: timedelta = VIGILANCIA
) -> None:
    """Pasa a DESCONOCIDA, NO_COLOCADA (vigilada hasta ahora + vigilancia) o REVISION.

    Raises:
        ErrorTransicion: ORD-01 si el ciclo de vida no lo permite; ORD-04 si no es uno de esos tres estados.
    """
    if estado not in _DE_UNA_BUSQUEDA:
        raise ErrorTransicion("ORD-04", f"El reconciliador no marca {estado}.")
    with transaction.atomic(durable=True):
        orden, cabeza = _orden_bloqueada(id_cliente)
        if orden.estado != estado:
            estaba_libre = EstadoOrden(orden.estado) not in CON_RESERVA
            _pasar_a(orden, estado, motivo, orden.bot, ahora, cabeza, vigilancia=vigilancia)
            if estaba_libre:  # de NO_COLOCADA a REVISION: vuelve a contar entera
                ocupar_reserva(orden.pk, ahora)


def anotar_busqueda(id_cliente: str, limpia: bool, *, ahora: datetime) -> int:
    """Guarda una búsqueda vacía y devuelve cuántas limpias van seguidas; otra empieza la cuenta de nuevo."""
    sentencia = (
        "UPDATE ordenes SET busquedas_limpias = CASE WHEN %s THEN busquedas_limpias + 1 ELSE 0 END, actualizada_en = %s"
        " WHERE id_cliente = %s AND estado IN ('DESCONOCIDA', 'REVISION') RETURNING busquedas_limpias"
    )
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(sentencia, (limpia, connection.ops.adapt_datetimefield_value(ahora), id_cliente))
        fila = cursor.fetchone()
    if fila is None:
        raise ErrorTransicion("ORD-01", "Solo se busca una orden DESCONOCIDA o en REVISION.", id_cliente=id_cliente)
    return int(fila[0])


def dejar_de_vigilar(id_cliente: str, *, ahora: datetime) -> None:
    """Acaba la vigilancia de una NO_COLOCADA que ya no puede aparecer; con cualquier otra no hace nada."""
    Orden.objects.filter(id_cliente=id_cliente, estado=_E.NO_COLOCADA).update(vigilar_hasta=ahora, actualizada_en=ahora)


def resolver_orden(
    id_cliente: str,
    *,
    actor: str,
    ahora: datetime,
    aceptacion: Aceptacion | None = None,
    no_colocada: bool = False,
) -> None:
    """Una persona decide: la orden es aquel contrato (``aceptacion``) o no se colocó. Queda auditado con su nombre.

    Lo que decide no se vuelve a buscar: si dijo que no, el contrato parecido que haya en la sede no es suyo. Se puede
    llamar dentro de otra transacción.

    Raises:
        ErrorUsuario: RES-01 si no se dice exactamente una cosa; RES-02 si no existe; RES-03 si no está en duda.
    """
    if (aceptacion is None) == (not no_colocada):
        raise ErrorUsuario("RES-01", "Diga una cosa: el contrato que es, o que no se colocó.")
    with transaction.atomic():
        if not Orden.objects.filter(id_cliente=id_cliente).exists():
            raise ErrorUsuario("RES-02", f"No hay ninguna orden {id_cliente}.", "Mire «timonel estado».")
        orden, cabeza = _orden_bloqueada(id_cliente)
        if orden.estado not in (_E.DESCONOCIDA, _E.REVISION):
            raise ErrorUsuario(
                "RES-03", f"La orden está {orden.estado}: solo se resuelve una DESCONOCIDA o en REVISION."
            )
        if aceptacion is not None:
            _aceptar(orden, aceptacion, f"Resuelta por {actor}.", actor, ahora, cabeza)
        else:
            _pasar_a(orden, _E.NO_COLOCADA, f"Resuelta por {actor}.", actor, ahora, cabeza, vigilancia=timedelta(0))


def _orden_bloqueada(id_cliente: str) -> tuple[Orden, tuple[int, str]]:
    cuenta = Orden.objects.filter(id_cliente=id_cliente).values_list("sede", "cuenta").first()
    if cuenta is None:
        raise ErrorTransicion("ORD-05", f"No hay ninguna intención {id_cliente}.")
    # La cabeza de la cuenta va siempre primero: dos transacciones nunca se esperan en cruz.
    cabeza = bloquear_flujo(clave_cuenta(*cuenta))
    return Orden.objects.select_for_update().get(id_cliente=id_cliente), cabeza


def _ya_anotado(orden: Orden, estado: EstadoOrden, aceptacion: Aceptacion | None) -> bool:
    if aceptacion is None:
        return orden.estado == estado
    return orden.estado in _YA_EN_LA_SEDE and orden.referencia == aceptacion.referencia


def _aceptar(
    orden: Orden, aceptacion: Aceptacion, motivo: str, actor: str, ahora: datetime, cabeza: tuple[int, str]
) -> None:
    estaba_libre = EstadoOrden(orden.estado) not in CON_RESERVA
    cambios: dict[str, Any] = {
        "referencia": aceptacion.referencia,
        "transaccion": aceptacion.transaccion,
        "precio": aceptacion.precio,
        "aceptada_en": aceptacion.hora,
        "tras_buscar": aceptacion.tras_buscar,
        "desconocida_desde": None,
        "vigilar_hasta": None,
    }
    if aceptacion.pago is not None:
        cambios["pago"] = aceptacion.pago
    datos = {
        "referencia": aceptacion.referencia,
        "precio": aceptacion.precio,
        "hora": aceptacion.hora,
        "tras_buscar": aceptacion.tras_buscar,
    }
    _pasar_a(orden, _E.ACEPTADA, motivo, actor, ahora, cabeza, cambios=cambios, datos=datos)
    if estaba_libre:
        ocupar_reserva(orden.pk, ahora)
    for campo, valor in cambios.items():
        setattr(orden, campo, valor)
    abrir_operacion(orden, aceptacion, ahora=ahora)


def _pasar_a(
    orden: Orden,
    estado: EstadoOrden,
    motivo: str,
    actor: str,
    ahora: datetime,
    cabeza: tuple[int, str],
    *,
    codigo: str = "",
    vigilancia: timedelta = VIGILANCIA,
    cambios: dict[str, Any] | None = None,
    datos: dict[str, Any] | None = None,
) -> None:
    desde = EstadoOrden(orden.estado)
    comprobar_transicion(desde, estado)
    cambios = dict(cambios or {}, estado=estado, motivo=motivo, codigo=codigo, actualizada_en=ahora)
    if estado is _E.DESCONOCIDA:
        cambios |= {"desconocida_desde": ahora, "busquedas_limpias": 0}
    elif estado is _E.NO_COLOCADA:
        cambios["vigilar_hasta"] = ahora + vigilancia
    if Orden.objects.filter(pk=orden.pk, estado=desde).update(**cambios) != 1:
        raise ErrorTransicion("ORD-01", f"La orden ya no está {desde}.", id_cliente=orden.id_cliente)
    if estado not in CON_RESERVA:
        liberar_reserva(orden.pk, ahora)
    registro = {"id_cliente": orden.id_cliente, "desde": desde, "estado": estado, "motivo": motivo, "codigo": codigo}
    registro |= datos or {}
    flujo = clave_cuenta(orden.sede, orden.cuenta)
    registrar_auditoria(flujo, "orden", registro, actor=actor, ahora=ahora, objeto=orden.id_cliente, cabeza=cabeza)
    publicar_evento(orden.bot, "orden", registro, ahora=ahora)
