"""Las tareas de Celery de los avisos: llaman a la función y nada más.

Se confirman al acabar porque repetir una no repite un mensaje: cada aviso se reclama en la base antes de salir.
"""

from typing import Any

from celery import shared_task

from dominio.reloj import RelojSistema
from notificaciones.services import periodicos
from notificaciones.services import pulso as de_pulso

IDEMPOTENTE: dict[str, Any] = {"acks_late": True, "reject_on_worker_lost": True, "ignore_result": True}


@shared_task(name="notificaciones.avisos", **IDEMPOTENTE)
def avisos() -> dict[str, Any] | None:
    """Una pasada por la bandeja de salida."""
    return periodicos.avisos(RelojSistema())


@shared_task(name="notificaciones.pulso", **IDEMPOTENTE)
def pulso() -> dict[str, Any] | None:
    """El pulso para el vigilante de fuera."""
    return de_pulso.pulso(RelojSistema())


@shared_task(name="notificaciones.resumen", **IDEMPOTENTE)
def resumen() -> dict[str, Any] | None:
    """El resumen diario de cada bot."""
    return periodicos.resumen(RelojSistema())
