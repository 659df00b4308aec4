"""Ajustes de los trabajos de fondo: Celery con Redis si hay TIMONEL_REDIS_URL; si no, hilos del propio proceso.

Celery solo transporta: lo que hay que hacer está en la base, cada tarea es corta e idempotente y perder Redis entero
no pierde nada. Los plazos salen todos de la visibilidad: una tarea que no se confirma en ese tiempo se entrega otra
vez, así que debe haber acabado, por las buenas o por las malas, mucho antes.
"""

import os
from pathlib import Path
from typing import Any

from timonel.horario import HORARIO

APPS: list[str] = []


def _redis_url() -> str:
    """Devuelve ``TIMONEL_REDIS_URL`` o lo que diga el fichero de ``TIMONEL_REDIS_URL_FILE``; vacía si no hay Redis."""
    fichero = os.environ.get("TIMONEL_REDIS_URL_FILE", "")
    return os.environ.get("TIMONEL_REDIS_URL", "") or (
        Path(fichero).read_text(encoding="utf-8").strip() if fichero else ""
    )


REDIS_URL = _redis_url()
# «no»: este proceso no hace trabajos de fondo ni de reserva (el panel de producción, que no tiene salida a la red).
TRABAJOS = os.environ.get("TIMONEL_TRABAJOS", "") != "no"
VISIBILIDAD_S = int(os.environ.get("TIMONEL_CELERY_VISIBILIDAD_S") or 300)

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": VISIBILIDAD_S,
    "global_keyprefix": "timonel:",
    "socket_connect_timeout": 5,
    "socket_timeout": 15,
    "health_check_interval": 10,
    "socket_keepalive": True,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False

# Por debajo de la mitad de la visibilidad: nadie repite una tarea que aún está corriendo.
CELERY_TASK_SOFT_TIME_LIMIT = VISIBILIDAD_S * 0.3
CELERY_TASK_TIME_LIMIT = VISIBILIDAD_S * 0.4
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = min(10.0, VISIBILIDAD_S * 0.2)
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False

CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_QUEUE = "informes"
CELERY_TIMEZONE = "UTC"
# ``expires``: si nadie las toma, las pasadas no se amontonan; la siguiente hará el mismo trabajo.
CELERY_BEAT_SCHEDULE = {
    periodico.nombre: {
        "task": periodico.tarea,
        "schedule": periodico.cada_s,
        "options": {"queue": periodico.cola, "expires": max(periodico.cada_s, 30.0)},
    }
    for periodico in HORARIO
}
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
