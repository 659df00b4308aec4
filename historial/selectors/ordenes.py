"""Lecturas de órdenes: las vivas, las conocidas y el riesgo reservado."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from dominio.ordenes import EstadoOrden
from dominio.puertos import IntencionViva
from historial.models import Operacion, Orden, ReservaRiesgo
from historial.services.traduccion import viva_de

_E = EstadoOrden
VIVAS = (_E.ENVIANDO, _E.DESCONOCIDA, _E.REVISION, _E.ACEPTADA, _E.ACTIVA, _E.PARCIAL)


def vivas(sede: str, cuenta: str, *, ahora: datetime) -> list[IntencionViva]:
    """Devuelve las órdenes que aún piden algo y las NO_COLOCADA vigiladas, de la más antigua a la más nueva."""
    vigiladas = Q(estado=_E.NO_COLOCADA, vigilar_hasta__gt=ahora)
    filas = Orden.objects.filter(Q(estado__in=VIVAS) | vigiladas, sede=sede, cuenta=cuenta).order_by("pk")
    return [viva_de(orden) for orden in filas]


def conocida(sede: str, cuenta: str, referencia: str) -> bool:
    """Devuelve si alguna orden u operación nuestra tiene ya esa referencia de la sede."""
    if Orden.objects.filter(sede=sede, cuenta=cuenta, referencia=referencia).exists():
        return True
    return Operacion.objects.filter(sede=sede, cuenta=cuenta, numero_contrato=referencia).exists()


def en_duda(sede: str | None = None) -> list[Orden]:
    """Devuelve las órdenes DESCONOCIDA y REVISION, las más antiguas primero."""
    filas = Orden.objects.filter(estado__in=(_E.DESCONOCIDA, _E.REVISION)).order_by("pk")
    return list(filas.filter(sede=sede) if sede else filas)


def riesgo_reservado(sede: str, cuenta: str) -> Decimal:
    """Devuelve lo que pueden perder las órdenes vivas de la cuenta, en su moneda."""
    importes = ReservaRiesgo.objects.filter(sede=sede, cuenta=cuenta, liberada_en__isnull=True)
    return sum(importes.values_list("importe", flat=True), Decimal(0))
