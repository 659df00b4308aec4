"""Lecturas de las cuentas llevadas al día: cuestan lo mismo con mil operaciones que con un millón."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from dominio.instrumentos import Entorno
from historial.models import AcumuladoCuarto, AcumuladoTotal
from historial.selectors.operaciones import Estadisticas, Filtro, wilson

_COMPRA = ("CALL", "BUY")
FICTICIAS = ~Q(origen="orden") | Q(entorno=Entorno.PAPEL)


def estadisticas_al_dia(filtro: Filtro) -> Estadisticas:
    """Devuelve lo mismo que ``estadisticas``, desde las cuentas al día. No mira ``desde`` ni ``hasta``."""
    return sumar(totales(filtro))


def totales(filtro: Filtro) -> "QuerySet[AcumuladoTotal]":
    """Devuelve las cuentas por activo y dirección que cumplen el filtro (sin fechas)."""
    return _filtradas(AcumuladoTotal.objects.all(), filtro, ("bot", "sede", "cuenta", "activo", "direccion", "origen"))


def cuartos(filtro: Filtro) -> "QuerySet[AcumuladoCuarto]":
    """Devuelve las cuentas por cuarto de hora que cumplen el filtro (sin activo ni dirección), en orden."""
    filas = _filtradas(AcumuladoCuarto.objects.all(), filtro, ("bot", "sede", "cuenta", "origen"))
    if filtro.desde is not None:
        filas = filas.filter(cuarto__gte=filtro.desde)
    if filtro.hasta is not None:
        filas = filas.filter(cuarto__lt=filtro.hasta)
    return filas.order_by("cuarto")


def _filtradas(filas: Any, filtro: Filtro, campos: Iterable[str]) -> Any:
    condiciones = {campo: getattr(filtro, campo) for campo in campos if getattr(filtro, campo) is not None}
    if filtro.ficticia is not None:
        filas = filas.filter(FICTICIAS if filtro.ficticia else ~FICTICIAS)
    return filas.filter(**condiciones)


def sumar(filas: "Iterable[AcumuladoTotal]") -> Estadisticas:
    """Devuelve las estadísticas de unas cuentas por activo y dirección."""
    ganadas, perdidas, nulas, beneficio = [0, 0], [0, 0], 0, Decimal(0)
    for fila in filas:
        lado = 0 if fila.direccion in _COMPRA else 1
        ganadas[lado] += fila.ganadas
        perdidas[lado] += fila.perdidas
        nulas += fila.nulas
        beneficio += fila.beneficio
    decididas = sum(ganadas) + sum(perdidas)
    bajo, alto = wilson(sum(ganadas), decididas)
    return Estadisticas(
        ganadas_call=ganadas[0],
        ganadas_put=ganadas[1],
        perdidas_call=perdidas[0],
        perdidas_put=perdidas[1],
        nulas=nulas,
        acierto_pct=100.0 * sum(ganadas) / decididas if decididas else None,
        acierto_bajo_pct=100.0 * bajo if decididas else None,
        acierto_alto_pct=100.0 * alto if decididas else None,
        beneficio_total=beneficio,
    )
