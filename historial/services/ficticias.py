"""Entradas ficticias: las que el bot habría hecho en su pausa. Son operaciones que no pasan por la pasarela."""

from datetime import datetime
from typing import Any

from django.db import transaction

from dominio.ordenes import Intencion
from dominio.posiciones import Liquidacion
from historial.models import HuecoFicticio, Operacion
from historial.services.acumulados import acumular
from historial.services.escritura import insertar
from historial.services.registro import publicar_evento

PREFIJO = "F-"


def numero_ficticio(intencion: Intencion) -> str:
    """Devuelve el número de contrato que lleva la entrada ficticia de esa intención."""
    return PREFIJO + intencion.id_cliente


def abrir_ficticia(intencion: Intencion, *, ahora: datetime) -> None:
    """Guarda la entrada. Raises django.db.IntegrityError si esa señal ya tenía la suya."""
    contexto = intencion.contexto or {}
    insertar(
        Operacion,
        id_cliente=intencion.id_cliente,
        bot=intencion.bot,
        sede=intencion.sede,
        cuenta=intencion.cuenta,
        entorno=intencion.entorno,
        ficticia=True,
        origen="pausa",
        activo=intencion.simbolo,
        nombre_activo=str(contexto.get("nombre_activo", "")),
        direccion=intencion.direccion,
        tipo_orden=intencion.tipo,
        estado="abierta",
        monto=intencion.precio_max or intencion.monto,
        moneda=intencion.moneda,
        pago=intencion.pago,
        confianza_pct=intencion.confianza_pct,
        numero_contrato=numero_ficticio(intencion),
        hora_inicio=ahora,
        created_at=ahora,
        updated_at=ahora,
    )


def cerrar_ficticia(sede: str, cuenta: str, liquidacion: Liquidacion, *, ahora: datetime) -> bool:
    """Cierra la entrada con su resultado y devuelve si lo hizo; la ya cerrada no cambia."""
    with transaction.atomic():
        cambios: dict[str, Any] = {
            "estado": "cerrada",
            "resultado": liquidacion.resultado,
            "beneficio": liquidacion.beneficio,
            "cobrado": liquidacion.cobrado,
            "precio_entrada": liquidacion.precio_entrada,
            "precio_salida": liquidacion.precio_salida,
            "hora_fin": liquidacion.hora_fin or liquidacion.hora,
            "liquidada_en": liquidacion.hora,
            "updated_at": ahora,
        }
        cual = {"sede": sede, "cuenta": cuenta, "numero_contrato": liquidacion.referencia}
        if Operacion.objects.filter(**cual, estado="abierta").update(**cambios) != 1:
            return False
        operacion = Operacion.objects.get(**cual)
        acumular(operacion)
        datos = {
            "id": operacion.pk,
            "activo": operacion.activo,
            "direccion": operacion.direccion,
            "resultado": operacion.resultado,
            "beneficio": liquidacion.beneficio,
            "moneda": operacion.moneda,
        }
        publicar_evento(operacion.bot, "ficticia", datos, ahora=ahora)
        return True


def abandonar_ficticias(bot: str, sede: str, cuenta: str, *, ahora: datetime) -> int:
    """Cancela las entradas que se perdieron de vista y devuelve cuántas: su final no se inventa."""
    abiertas = Operacion.objects.filter(bot=bot, sede=sede, cuenta=cuenta, origen="pausa", estado="abierta")
    return abiertas.update(estado="cancelada", updated_at=ahora)


def anotar_hueco(
    bot: str, sede: str, cuenta: str, pausado_en: datetime, desde: datetime, hasta: datetime, motivo: str
) -> None:
    """Guarda un rato sin entradas ficticias. Uno vacío o del revés no se guarda."""
    if hasta > desde:
        HuecoFicticio.objects.create(
            bot=bot, sede=sede, cuenta=cuenta, pausado_en=pausado_en, desde=desde, hasta=hasta, motivo=motivo
        )
