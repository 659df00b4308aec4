"""Las tareas de Celery del historial: llaman a la función y nada más.

Se confirman al acabar porque todas son idempotentes y de ranura única: repetir una no hace nada.
"""

from typing import Any

from celery import shared_task

from dominio.reloj import RelojSistema
from historial.services import periodicos

IDEMPOTENTE: dict[str, Any] = {"acks_late": True, "reject_on_worker_lost": True, "ignore_result": True}


@shared_task(name="historial.metricas", **IDEMPOTENTE)
def metricas() -> dict[str, Any] | None:
    """Resumen diario de cada bot."""
    return periodicos.metricas(RelojSistema())


@shared_task(name="historial.auditoria", **IDEMPOTENTE)
def auditoria() -> dict[str, Any] | None:
    """Comprobación de la cadena de auditoría."""
    return periodicos.auditoria(RelojSistema())


@shared_task(name="historial.retencion", **IDEMPOTENTE)
def retencion() -> dict[str, Any] | None:
    """Borrado de lo vencido."""
    return periodicos.retencion(RelojSistema())
