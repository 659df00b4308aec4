"""La aplicación de Celery: la usan el trabajador y el planificador, nadie más la importa.

``celery -A timonel.celery worker -Q avisos,informes`` y ``celery -A timonel.celery beat`` (uno solo; dos no estropean
nada: cada ranura se hace una vez).
"""

import os

from celery import Celery
from kombu import Queue

from timonel.horario import COLAS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")
# Las comprobaciones de Django miran páginas y rutas: el trabajador no sirve ninguna.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("timonel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(cola) for cola in COLAS]
app.autodiscover_tasks(["historial", "notificaciones", "simulacion"])
