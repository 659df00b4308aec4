"""Ajustes de los trabajos de fondo: Celery con Redis si hay TIMONEL_REDIS_URL; si no, hilos del propio proceso."""

import os

APPS: list[str] = []
REDIS_URL = os.environ.get("TIMONEL_REDIS_URL", "")
