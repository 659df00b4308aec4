"""La aplicación de Celery del ensayo de avisos: la misma, con la pasada de tiempos acortados y un solo trabajo."""

from typing import Any

from dominio.reloj import RelojSistema
from notificaciones.periodicos import AVISOS
from timonel.celery import app

app.conf.beat_schedule = {
    "avisos": {"task": "ensayo.avisos", "schedule": 1.0, "options": {"queue": "avisos", "expires": 10}}
}


@app.task(name="ensayo.avisos", acks_late=True, reject_on_worker_lost=True)
def avisos() -> dict[str, Any] | None:
    """Una pasada por la bandeja, una vez por ranura."""
    from historial.services.trabajos import hacer_una_vez
    from timonel.ensayos.avisos_procesos import una_pasada

    return hacer_una_vez(AVISOS, una_pasada, reloj=RelojSistema())
