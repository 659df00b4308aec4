"""Lo que la sede dice de la cuenta, anotado una sola vez: extracto, balance y posiciones ajenas."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from dominio.posiciones import Movimiento, PosicionSede
from historial.models import Externa, MovimientoSede, PuntoBalance
from historial.services.escritura import insertar
from historial.services.registro import publicar_evento
from historial.services.traduccion import clave_cuenta


def anotar_movimiento(sede: str, cuenta: str, movimiento: Movimiento, propio: bool, *, ahora: datetime) -> bool:
    """Guarda una fila del extracto y devuelve True; False si ya estaba anotada (entonces no cambia nada)."""
    return insertar(
        MovimientoSede,
        si_no_existe=("sede", "cuenta", "transaccion"),
        sede=sede,
        cuenta=cuenta,
        transaccion=movimiento.transaccion,
        accion=movimiento.accion,
        importe=movimiento.importe,
        balance_despues=movimiento.balance_despues,
        hora=movimiento.hora,
        referencia=movimiento.referencia,
        resumen=movimiento.resumen,
        propio=propio,
        anotado_en=ahora,
    )


def anotar_balance(
    sede: str, cuenta: str, balance: Decimal, moneda: str, *, ahora: datetime, origen: str, bot: str = ""
) -> None:
    """Añade un punto a la serie del balance y lo publica."""
    with transaction.atomic():
        insertar(
            PuntoBalance,
            sede=sede, cuenta=cuenta, bot=bot, balance=balance, moneda=moneda, origen=origen, en=ahora,
        )  # fmt: skip
        datos = {"cuenta": clave_cuenta(sede, cuenta), "balance": balance, "moneda": moneda, "origen": origen}
        publicar_evento(bot or clave_cuenta(sede, cuenta), "balance", datos, ahora=ahora)


def anotar_externa(sede: str, cuenta: str, posicion: PosicionSede, *, ahora: datetime) -> bool:
    """Guarda o pone al día una posición que no abrimos nosotros; devuelve si es nueva."""
    cierre = posicion.liquidacion
    with transaction.atomic():
        _, nueva = Externa.objects.update_or_create(
            sede=sede,
            cuenta=cuenta,
            referencia=posicion.referencia,
            defaults={
                "simbolo": posicion.simbolo,
                "direccion": posicion.direccion,
                "monto": posicion.monto,
                "pago": posicion.pago,
                "hora_compra": posicion.hora_compra,
                "vence_en": posicion.vence_en,
                "abierta": cierre is None,
                "beneficio": cierre.beneficio if cierre else None,
                "cerrada_en": cierre.hora if cierre else None,
                "vista_en": ahora,
            },
        )
        if nueva:
            datos = {"referencia": posicion.referencia, "simbolo": posicion.simbolo, "monto": posicion.monto}
            publicar_evento(clave_cuenta(sede, cuenta), "externa", datos, ahora=ahora)
    return nueva
