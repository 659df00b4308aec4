"""Escribe lo que se ve en vivo: el latido de un bot y sus velas. Perderlo no cambia ninguna decisión."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from historial.models import Latido, Vela
from historial.services.registro import sencillo


class VelaVista(NamedTuple):
    """Una vela de un minuto, quizá a medias: inicio UTC y precios."""

    simbolo: str
    inicio: datetime
    apertura: float
    maximo: float
    minimo: float
    cierre: float
    ticks: int


def latir(
    clave: dict[str, str], proceso: str, datos: dict[str, Any], velas: Iterable[VelaVista], *, ahora: datetime
) -> None:
    """Deja el último latido del bot (``clave``: bot, sede, cuenta) y las velas que han cambiado."""
    with transaction.atomic():
        Latido.objects.update_or_create(**clave, defaults={"proceso": proceso, "en": ahora, "datos": sencillo(datos)})
        Vela.objects.bulk_create(
            # En un orden fijo: dos bots que miran lo mismo se bloquearían uno a otro las filas en PostgreSQL.
            [Vela(sede=clave["sede"], **vela._asdict()) for vela in sorted(velas)],
            update_conflicts=True,
            unique_fields=["sede", "simbolo", "inicio"],
            update_fields=["apertura", "maximo", "minimo", "cierre", "ticks"],
        )
