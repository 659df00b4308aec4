"""Abre y cierra operaciones, reales y ficticias. Una liquidación repetida no cambia nada."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, EstadoOrden, TipoOrden
from dominio.posiciones import Liquidacion
from historial.models import Ejecucion, Operacion, Orden
from historial.services.acumulados import acumular
from historial.services.escritura import insertar
from historial.services.intenciones import liberar_reserva
from historial.services.registro import bloquear_flujo, publicar_evento, registrar_auditoria
from historial.services.traduccion import clave_cuenta

_INMEDIATAS = frozenset({TipoOrden.CONTRATO, TipoOrden.MARKET})
_LIQUIDABLES = ("ACEPTADA", "ACTIVA", "PARCIAL", "CANCELADA", "VENCIDA")


def abrir_operacion(orden: Orden, aceptacion: Aceptacion, *, ahora: datetime) -> None:
    """Abre la fila de ``operaciones`` de una orden aceptada y anota su ejecución de apertura."""
    contexto = orden.contexto or {}
    inmediata = TipoOrden(orden.tipo) in _INMEDIATAS
    insertar(
        Operacion,
        orden=orden.pk,
        id_cliente=orden.id_cliente,
        bot=orden.bot,
        sede=orden.sede,
        cuenta=orden.cuenta,
        entorno=orden.entorno,
        ficticia=orden.entorno == Entorno.PAPEL,
        activo=orden.simbolo,
        nombre_activo=str(contexto.get("nombre_activo", "")),
        direccion=orden.direccion,
        tipo_orden=orden.tipo,
        estado="abierta" if inmediata else "pendiente",
        monto=orden.monto,
        moneda=orden.moneda,
        pago=aceptacion.pago if aceptacion.pago is not None else orden.pago,
        confianza_pct=orden.confianza_pct,
        numero_contrato=aceptacion.referencia,
        hora_inicio=aceptacion.hora,
        stop_loss=orden.stop_loss,
        take_profit=orden.take_profit,
        created_at=ahora,
        updated_at=ahora,
        **_propios_de_la_sede(orden, aceptacion, contexto),
    )
    if inmediata:
        _anotar_ejecucion(
            orden,
            "apertura",
            aceptacion.transaccion or f"{aceptacion.referencia}:apertura",
            aceptacion.referencia,
            precio=aceptacion.precio,
            importe=-aceptacion.precio if orden.tipo == TipoOrden.CONTRATO else None,
            hora=aceptacion.hora,
        )


def _propios_de_la_sede(orden: Orden, aceptacion: Aceptacion, contexto: dict[str, Any]) -> dict[str, Any]:
    if orden.tipo == TipoOrden.CONTRATO:
        return {}  # el precio de entrada de un contrato es el del activo y llega con su liquidación
    campos: dict[str, Any] = {"precio_entrada": aceptacion.precio if orden.tipo == TipoOrden.MARKET else None}
    if orden.sede == Sede.MT5 and orden.magic is not None:
        campos |= {
            "magic_number": orden.magic,
            "bot_id": orden.magic // 10_000 - 10,
            "ia_id": orden.magic // 100 % 100,
            "precio_sugerido": _decimal(contexto.get("precio_sugerido")),
            "lote": orden.monto,
            "riesgo_porcentaje": _decimal(contexto.get("riesgo_porcentaje")),
            "conversation_id": contexto.get("conversation_id"),
        }
    return campos


def _decimal(valor: Any) -> Decimal | None:
    return None if valor is None else Decimal(str(valor))


def cerrar_operacion(sede: str, cuenta: str, liquidacion: Liquidacion, *, ahora: datetime) -> Operacion | None:
    """Cierra la operación de esa liquidación y devuelve su fila; None si no es nuestra o ya estaba cerrada.

    Guarda resultado, beneficio exacto, precios y horas, libera la reserva y deja la orden EJECUTADA. Pensada para
    llamarse dentro de la transacción que también mueve el balance y la tanda.
    """
    with transaction.atomic():
        cabeza = bloquear_flujo(clave_cuenta(sede, cuenta))
        cambios: dict[str, Any] = {
            "estado": "cerrada",
            "resultado": liquidacion.resultado,
            "beneficio": liquidacion.beneficio,
            "cobrado": liquidacion.cobrado,
            "hora_fin": liquidacion.hora_fin or liquidacion.hora,
            "liquidada_en": liquidacion.hora,
            "updated_at": ahora,
        }
        for campo in ("precio_entrada", "precio_salida", "hora_inicio"):
            valor = getattr(liquidacion, campo)
            if valor is not None:
                cambios[campo] = valor
        cerradas = Operacion.objects.filter(
            sede=sede,
            cuenta=cuenta,
            numero_contrato=liquidacion.referencia,
            estado__in=("abierta", "pendiente"),
        ).update(**cambios)
        if cerradas != 1:
            return None
        operacion = Operacion.objects.select_related("orden").get(
            sede=sede, cuenta=cuenta, numero_contrato=liquidacion.referencia
        )
        if operacion.orden is not None:
            _dar_por_ejecutada(operacion.orden, liquidacion, ahora)
        acumular(operacion)
        _contar_cierre(operacion, liquidacion, ahora, cabeza)
        return operacion


def _dar_por_ejecutada(orden: Orden, liquidacion: Liquidacion, ahora: datetime) -> None:
    Orden.objects.filter(pk=orden.pk, estado__in=_LIQUIDABLES).update(
        estado=EstadoOrden.EJECUTADA, actualizada_en=ahora
    )
    liberar_reserva(orden.pk, ahora)
    _anotar_ejecucion(
        orden, "cierre", liquidacion.transaccion or f"{liquidacion.referencia}:cierre", liquidacion.referencia,
        precio=liquidacion.precio_salida if liquidacion.precio_salida is not None else liquidacion.cobrado,
        importe=liquidacion.cobrado, hora=liquidacion.hora,
    )  # fmt: skip


def _anotar_ejecucion(
    orden: Orden,
    tipo: str,
    id_ejecucion: str,
    referencia: str,
    *,
    precio: Decimal,
    importe: Decimal | None,
    hora: datetime,
) -> None:
    insertar(
        Ejecucion,
        si_no_existe=("sede", "cuenta", "id_ejecucion"),
        orden=orden.pk,
        sede=orden.sede,
        cuenta=orden.cuenta,
        id_ejecucion=id_ejecucion,
        referencia=referencia,
        tipo=tipo,
        cantidad=orden.monto,
        precio=precio,
        importe=importe,
        moneda=orden.moneda,
        hora=hora,
    )


def _contar_cierre(operacion: Operacion, liquidacion: Liquidacion, ahora: datetime, cabeza: tuple[int, str]) -> None:
    datos = {
        "id": operacion.pk,
        "numero_contrato": operacion.numero_contrato,
        "activo": operacion.activo,
        "direccion": operacion.direccion,
        "resultado": operacion.resultado,
        "beneficio": liquidacion.beneficio,
        "moneda": operacion.moneda,
        "hora_fin": operacion.hora_fin,
    }
    registrar_auditoria(
        clave_cuenta(operacion.sede, operacion.cuenta),
        "liquidacion",
        datos,
        actor=operacion.bot,
        ahora=ahora,
        objeto=operacion.id_cliente or "",
        cabeza=cabeza,
    )
    publicar_evento(operacion.bot, "operacion", datos, ahora=ahora)
