"""Lecturas de los trabajos de fondo: qué se hizo, cuándo y cómo acabó."""

from datetime import datetime
from typing import Any

from historial.models import Trabajo


def ultimo_comienzo(trabajo: str) -> datetime | None:
    """Devuelve cuándo se empezó por última vez, o None si nunca."""
    return (
        Trabajo.objects.filter(trabajo=trabajo).order_by("-empezado_en").values_list("empezado_en", flat=True).first()
    )


def ultimos_trabajos() -> list[dict[str, Any]]:
    """Devuelve la última ranura de cada trabajo, por orden de nombre: para la página de salud."""
    campos = ("trabajo", "ranura", "estado", "por", "intentos", "empezado_en", "terminado_en", "resultado")
    nombres = Trabajo.objects.order_by("trabajo").values_list("trabajo", flat=True).distinct()
    ultimas = (
        Trabajo.objects.filter(trabajo=nombre).order_by("-empezado_en").values(*campos).first() for nombre in nombres
    )
    return [fila for fila in ultimas if fila is not None]
