"""El camino de una orden hasta la puerta de la sede: guardar la intención, permitir el envío, caducar lo vencido.

Todo está escrito a mano y con pocas sentencias: es lo que se espera entre el tick y la orden.
"""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from dominio import freno as freno_dominio
from dominio import puntos_fallo
from dominio.errores import ErrorDenegado, ErrorDuplicado
from dominio.freno import Freno
from dominio.ordenes import BLOQUEAN_ENTRADAS, CON_RESERVA, EstadoOrden, Intencion
from historial.models import Orden, ReservaRiesgo
from historial.services.escritura import cambiar, ejecutar, fila, hora_sql, insertar, tuberia
from historial.services.registro import bloquear_flujo, publicar_evento, registrar_auditoria
from historial.services.tiempo import HoraArriendo
from historial.services.traduccion import campos_de, clave_cuenta

_E = EstadoOrden


def _lista(estados: "frozenset[EstadoOrden]") -> str:
    return "(" + ", ".join(f"'{estado}'" for estado in sorted(estados)) + ")"


# Tal cual la condición de ``idx_orden_viva``: así se miran solo las órdenes vivas y no toda la historia de la cuenta.
_VIVAS = _lista(CON_RESERVA)
_BLOQUEAN = _lista(BLOQUEAN_ENTRADAS)
_SUYOS = (
    "(f.ambito = 'global' OR (f.ambito = 'cuenta' AND f.clave = {cuenta}) OR (f.ambito = 'bot' AND f.clave = {bot}))"
)
_COMPROBAR = (
    "SELECT o.bloquea, o.abiertas, f.hay_global, f.rigor FROM"  # noqa: S608 - solo constantes de este fichero
    " (SELECT MIN(CASE WHEN estado IN " + _BLOQUEAN + "{simbolo} THEN id_cliente END) AS bloquea,"
    " SUM(CASE WHEN proposito = 'entrada' AND (estado <> 'APROBADA' OR vence_en > %s) THEN 1 ELSE 0 END) AS abiertas"
    " FROM ordenes WHERE sede = %s AND cuenta = %s AND estado IN " + _VIVAS + ") o,"
    " (SELECT MAX(CASE f.ambito WHEN 'global' THEN 1 ELSE 0 END) AS hay_global,"
    " MAX(CASE f.estado WHEN 'ACTIVO' THEN 0 WHEN 'REDUCIENDO' THEN 1 ELSE 2 END) AS rigor"
    " FROM frenos f WHERE " + _SUYOS.format(cuenta="%s", bot="%s") + ") f"
)
_RESERVAR = (
    "INSERT INTO reservas_riesgo (orden_id, sede, cuenta, importe, moneda, creada_en, liberada_en)"
    " SELECT id, sede, cuenta, riesgo, moneda, creada_en, NULL FROM ordenes WHERE id_cliente = %s"
)


def registrar_intencion(
    intencion: Intencion, *, ahora: datetime, ambito_bloqueo: str, max_abiertas: int | None
) -> None:
    """Guarda intención, reserva, auditoría y evento en una transacción; queda APROBADA.

    Raises:
        ErrorDuplicado: ORD-02 si la señal ya tiene intención (no se guarda nada).
        ErrorDenegado: ORD-03, con ``causa`` en el detalle; la intención queda guardada como DENEGADA.
    """
    try:
        with transaction.atomic(durable=True):
            causa, motivo = _registrar(intencion, ahora, ambito_bloqueo, max_abiertas)
    except IntegrityError as choque:
        misma = Q(bot=intencion.bot, clave_senal=intencion.clave_senal) | Q(id_cliente=intencion.id_cliente)
        if not Orden.objects.filter(misma).exists():
            raise
        raise ErrorDuplicado(
            "ORD-02",
            f"La señal «{intencion.clave_senal}» ya tiene una intención.",
            id_cliente=intencion.id_cliente,
        ) from choque
    if causa:
        raise ErrorDenegado("ORD-03", motivo, "No se envió nada a la sede.", causa=causa)


def _registrar(intencion: Intencion, ahora: datetime, ambito_bloqueo: str, max_abiertas: int | None) -> tuple[str, str]:
    flujo = clave_cuenta(intencion.sede, intencion.cuenta)
    cabeza = bloquear_flujo(flujo)  # primero: desde aquí nadie más decide sobre esta cuenta
    causa, motivo = _motivo_de_denegacion(intencion, ahora, ambito_bloqueo, max_abiertas)
    estado = _E.DENEGADA if causa else _E.APROBADA
    with tuberia():
        _escribir(intencion, estado, causa, motivo, ahora, cabeza)
    return causa, motivo


def _escribir(
    intencion: Intencion, estado: EstadoOrden, causa: str, motivo: str, ahora: datetime, cabeza: tuple[int, str]
) -> None:
    campos = campos_de(intencion, estado, ahora)
    insertar(Orden, **campos, motivo=motivo, codigo="ORD-03" if causa else "")
    if not causa:
        ejecutar(_RESERVAR, (intencion.id_cliente,))
    resumen = {
        "id_cliente": intencion.id_cliente,
        "estado": estado,
        "bot": intencion.bot,
        "simbolo": intencion.simbolo,
        "direccion": intencion.direccion,
        "monto": intencion.monto,
        "moneda": intencion.moneda,
    }
    if motivo:
        resumen["motivo"] = motivo
    registrar_auditoria(
        clave_cuenta(intencion.sede, intencion.cuenta),
        "intencion",
        resumen | {"riesgo": intencion.riesgo, "proposito": intencion.proposito, "contexto": campos["contexto"]},
        actor=intencion.bot,
        ahora=ahora,
        objeto=intencion.id_cliente,
        cabeza=cabeza,
    )
    publicar_evento(intencion.bot, "orden", resumen, ahora=ahora)


def _motivo_de_denegacion(
    intencion: Intencion, ahora: datetime, ambito_bloqueo: str, max_abiertas: int | None
) -> tuple[str, str]:
    sede, cuenta = intencion.sede, intencion.cuenta
    if not intencion.aumenta_exposicion:
        return "", ""
    por_simbolo = ambito_bloqueo == "simbolo"
    bloquea, abiertas, hay_global, rigor = fila(
        _COMPROBAR.format(simbolo=" AND simbolo = %s" if por_simbolo else ""),
        (
            *((intencion.simbolo,) if por_simbolo else ()),
            *(hora_sql(ahora), sede, cuenta),
            *(clave_cuenta(sede, cuenta), intencion.bot),
        ),
    ) or (None, 0, None, None)
    if bloquea is not None:
        return "desconocida", f"La orden {bloquea} está en camino o no se sabe qué fue de ella: no se abre nada más."
    if max_abiertas is not None and (abiertas or 0) >= max_abiertas:
        return "max_abiertas", f"Ya hay {abiertas} posición(es) abierta(s) de {max_abiertas} permitida(s)."
    freno = freno_de(hay_global, rigor)
    if freno is not Freno.ACTIVO:
        return "freno", f"El freno está en {freno}: no se abren posiciones."
    return "", ""


def freno_de(hay_global: "int | None", rigor: "int | None") -> Freno:
    """Devuelve el freno de la consulta: DETENIDO si falta la fila global o no hay nada legible."""
    if not hay_global or rigor is None:
        return freno_dominio.mas_estricto(())
    return tuple(Freno)[int(rigor)]


_ENVIAR = (
    "UPDATE ordenes SET estado = 'ENVIANDO', ficha = %s, enviado_en = %s, actualizada_en = %s"  # noqa: S608
    " WHERE id_cliente = %s AND estado = 'APROBADA' AND vence_en > %s"
    " AND EXISTS (SELECT 1 FROM arriendos a WHERE a.bot = ordenes.bot AND a.sede = ordenes.sede"
    " AND a.cuenta = ordenes.cuenta AND a.ficha = %s AND a.titular <> '' AND a.base = %s"
    " AND a.hasta > {ahora}{compartir})"
    " AND (proposito <> 'entrada' OR ("
    "EXISTS (SELECT 1 FROM frenos g WHERE g.ambito = 'global')"
    " AND NOT EXISTS (SELECT 1 FROM frenos f WHERE f.estado <> 'ACTIVO' AND "
    + _SUYOS.format(cuenta="ordenes.sede || ':' || ordenes.cuenta", bot="ordenes.bot")
    + ") AND NOT EXISTS (SELECT 1 FROM ordenes o WHERE o.sede = ordenes.sede AND o.cuenta = ordenes.cuenta"
    " AND o.estado IN " + _VIVAS + " AND o.estado IN " + _BLOQUEAN + "{simbolo})))"
)


def marcar_enviando(id_cliente: str, ficha: int, *, ahora: datetime, hora: HoraArriendo, ambito_bloqueo: str) -> bool:
    """Devuelve True si la orden pasó de APROBADA a ENVIANDO: a partir de ahí se puede escribir, una sola vez.

    Una sola sentencia, que es su propia transacción: la ficha manda, el arriendo no ha vencido, la orden tampoco, el
    freno deja y nada de suerte desconocida bloquea la entrada. Si algo falla, la orden queda CADUCADA y devuelve False.
    """
    expresion, parametros = hora.sql()
    sentencia = _ENVIAR.format(
        ahora=expresion,
        # El que toma el arriendo espera a que esta transacción acabe: nunca queda en medio.
        compartir=" FOR SHARE" if connection.vendor == "postgresql" else "",
        simbolo=" AND o.simbolo = ordenes.simbolo" if ambito_bloqueo == "simbolo" else "",
    )
    momento = hora_sql(ahora)
    cambiadas = cambiar(sentencia, (ficha, momento, momento, id_cliente, momento, ficha, hora.base, *parametros))
    if cambiadas == 1:
        return True
    with transaction.atomic(durable=True):
        caducar_una(id_cliente, "Al enviarla no se cumplía alguna condición (ficha, freno, plazo o bloqueo).", ahora)
    return False


def preparar_envio(
    intencion: Intencion,
    ficha: int,
    *,
    ahora: datetime,
    hora: HoraArriendo,
    ambito_bloqueo: str,
    max_abiertas: int | None,
) -> bool:
    """Devuelve True si la intención quedó confirmada y, en otra transacción, ENVIANDO; False si quedó CADUCADA.

    Raises:
        ErrorDuplicado, ErrorDenegado: los de ``registrar_intencion``.
    """
    registrar_intencion(intencion, ahora=ahora, ambito_bloqueo=ambito_bloqueo, max_abiertas=max_abiertas)
    puntos_fallo.pasar("tras_intencion")
    return marcar_enviando(intencion.id_cliente, ficha, ahora=ahora, hora=hora, ambito_bloqueo=ambito_bloqueo)


def caducar_una(id_cliente: str, motivo: str, ahora: datetime) -> bool:
    """APROBADA→CADUCADA y su reserva liberada; devuelve si estaba APROBADA."""
    orden = Orden.objects.filter(id_cliente=id_cliente).only("sede", "cuenta", "bot").first()
    if orden is None:
        return False
    flujo = clave_cuenta(orden.sede, orden.cuenta)
    cabeza = bloquear_flujo(flujo)
    cambiadas = Orden.objects.filter(id_cliente=id_cliente, estado=_E.APROBADA).update(
        estado=_E.CADUCADA, motivo=motivo, actualizada_en=ahora
    )
    if cambiadas != 1:
        return False
    liberar_reserva(orden.pk, ahora)
    datos = {"id_cliente": id_cliente, "estado": _E.CADUCADA, "motivo": motivo}
    registrar_auditoria(flujo, "orden", datos, actor=orden.bot, ahora=ahora, objeto=id_cliente, cabeza=cabeza)
    publicar_evento(orden.bot, "orden", datos, ahora=ahora)
    return True


def caducar(sede: str, cuenta: str, *, ahora: datetime) -> int:
    """APROBADA→CADUCADA para las vencidas de una cuenta; devuelve cuántas."""
    with transaction.atomic(durable=True):
        vencidas = Orden.objects.filter(sede=sede, cuenta=cuenta, estado=_E.APROBADA, vence_en__lte=ahora)
        pendientes = list(vencidas.values_list("id_cliente", flat=True))
        return sum(caducar_una(id_cliente, "Venció antes de enviarse.", ahora) for id_cliente in pendientes)


def liberar_reserva(orden_id: int, ahora: datetime) -> None:
    """Devuelve el riesgo reservado; hacerlo dos veces no cambia nada."""
    ReservaRiesgo.objects.filter(orden_id=orden_id, liberada_en__isnull=True).update(liberada_en=ahora)


def ocupar_reserva(orden_id: int, ahora: datetime) -> None:
    """Vuelve a reservar el riesgo de una orden que se dio por no colocada y apareció."""
    ReservaRiesgo.objects.filter(orden_id=orden_id).update(liberada_en=None, creada_en=ahora)


__all__ = [
    "caducar",
    "caducar_una",
    "freno_de",
    "liberar_reserva",
    "marcar_enviando",
    "ocupar_reserva",
    "preparar_envio",
    "registrar_intencion",
]
