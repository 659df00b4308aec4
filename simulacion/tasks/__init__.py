"""La tarea de Celery de la simulación: llama a la función y nada más."""

from typing import Any

from celery import shared_task

from dominio.reloj import RelojSistema
from simulacion.tasks import pausas


@shared_task(name="simulacion.horas", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def horas() -> dict[str, Any] | None:
    """Tabla de horas provisional de cada pausa en curso."""
    return pausas.horas(RelojSistema())
