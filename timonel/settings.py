"""Ajustes de Django. Todo lo que cambia de una instalación a otra viene del entorno."""

import os
import secrets
from pathlib import Path

from timonel.ajustes import acceso, api, tareas, web
from timonel.ajustes.acceso import *  # noqa: F403
from timonel.ajustes.api import *  # noqa: F403
from timonel.ajustes.tareas import *  # noqa: F403
from timonel.ajustes.web import *  # noqa: F403
from timonel.base_de_datos import ajustes_de_base

RAIZ = Path(__file__).resolve().parent.parent
DATOS = Path(os.environ.get("TIMONEL_DATOS", RAIZ / ".timonel")).resolve()

DEBUG = False
# Sin clave propia, una distinta en cada arranque: nada firmado sobrevive, nada se firma con una clave conocida.
SECRET_KEY = os.environ.get("TIMONEL_CLAVE_SECRETA") or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *acceso.APPS,
    *web.APPS,
    *api.APPS,
    *tareas.APPS,
    "core.apps.CoreConfig",
    "trading.apps.TradingConfig",
    "simulacion.apps.SimulacionConfig",
    "historial.apps.HistorialConfig",
    "dashboard.apps.DashboardConfig",
    "notificaciones.apps.NotificacionesConfig",
    "integracion_deriv.apps.IntegracionDerivConfig",
]
ROOT_URLCONF = "timonel.urls"
ASGI_APPLICATION = "timonel.asgi.application"

DATABASES = {"default": ajustes_de_base(os.environ.get("TIMONEL_BASE_DE_DATOS", ""), DATOS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "UTC"
USE_TZ = True
LOGGING_CONFIG = None
