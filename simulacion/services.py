"""Escrituras del análisis de la historia: las entradas de un rato y hasta dónde se llegó, en una transacción."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from dominio.ordenes import TipoOrden
from dominio.reloj import de_epoch
from historial.models import Operacion
from historial.services.acumulados import acumular
from simulacion.models import TramoRelleno
from simulacion.relleno import PREFIJO, EntradaHistorica


class DeQuien(msgspec.Struct, frozen=True, kw_only=True):
    """De quién son las entradas: bot, sede, cuenta, entorno y moneda; ``nombres``, el de cada activo."""

    bot: str
    sede: str
    cuenta: str
    entorno: str
    moneda: str
    nombres: dict[str, str]

    @property
    def clave(self) -> dict[str, str]:
        """Devuelve los campos que identifican sus filas."""
        return {"bot": self.bot, "sede": self.sede, "cuenta": self.cuenta}


def empezar_tramo(quien: DeQuien, desde: datetime, *, ahora: datetime) -> tuple[int, str]:
    """Devuelve la clave del tramo que empieza (o seguía) en ``desde`` y lo aprendido hasta ahí; vacío si es nuevo."""
    with transaction.atomic():
        seguido = TramoRelleno.objects.select_for_update().filter(**quien.clave, hasta=desde).first()
        if seguido is not None:
            return seguido.pk, seguido.aprendido
        nuevo, _ = TramoRelleno.objects.get_or_create(
            **quien.clave, desde=desde, defaults={"hasta": desde, "actualizado_en": ahora}
        )
        return nuevo.pk, nuevo.aprendido


def guardar_relleno(
    quien: DeQuien,
    tramo: int,
    entradas: Sequence[EntradaHistorica],
    *,
    desde: datetime,
    hasta: datetime,
    aprendido: str,
    ahora: datetime,
) -> int | None:
    """Guarda las entradas de [desde, hasta), alarga el tramo y devuelve cuántas eran nuevas.

    Devuelve None, sin guardar nada, si el tramo ya no acababa en ``desde``: otro proceso va por delante.
    """
    with transaction.atomic():
        suyo = TramoRelleno.objects.filter(pk=tramo, hasta=desde)
        if suyo.update(hasta=hasta, aprendido=aprendido, actualizado_en=ahora) != 1:
            return None
        filas = {numero_historico(quien.bot, entrada): entrada for entrada in entradas}
        repetidas = set(
            Operacion.objects.filter(sede=quien.sede, cuenta=quien.cuenta, numero_contrato__in=filas).values_list(
                "numero_contrato", flat=True
            )
        )
        nuevas = [_fila(quien, n, entrada, ahora) for n, entrada in filas.items() if n not in repetidas]
        for operacion in Operacion.objects.bulk_create(nuevas, batch_size=200):
            acumular(operacion)
        return len(nuevas)


def numero_historico(bot: str, entrada: EntradaHistorica) -> str:
    """Devuelve el número de contrato de una entrada de la historia: «H-bot-segundo-activo» (64 caracteres como mucho).

    Es siempre el mismo para el mismo instante, activo y bot: la misma entrada no se guarda dos veces.
    """
    return f"{PREFIJO}{bot[:40]}-{entrada.numero}"[:64]


def _fila(quien: DeQuien, numero: str, entrada: EntradaHistorica, ahora: datetime) -> Operacion:
    return Operacion(
        **quien.clave,
        entorno=quien.entorno,
        moneda=quien.moneda,
        ficticia=True,
        origen="historia",
        activo=entrada.simbolo,
        nombre_activo=quien.nombres.get(entrada.simbolo, ""),
        direccion=entrada.direccion,
        tipo_orden=TipoOrden.CONTRATO,
        estado="cerrada",
        resultado=entrada.resultado,
        monto=entrada.monto,
        pago=entrada.pago,
        cobrado=entrada.cobrado,
        beneficio=entrada.beneficio,
        confianza_pct=entrada.confianza_pct,
        numero_contrato=numero,
        precio_entrada=entrada.precio_entrada,
        precio_salida=entrada.precio_salida,
        hora_inicio=de_epoch(entrada.inicio_s),
        hora_fin=de_epoch(entrada.fin_s),
        liquidada_en=de_epoch(entrada.liquidada_s),
        created_at=ahora,
        updated_at=ahora,
    )
