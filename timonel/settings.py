"""Ajustes de Django. Todo lo que cambia de una instalación a otra viene del entorno."""

import os
from pathlib import Path

from timonel.ajustes import acceso, api, produccion, tareas, web
from timonel.ajustes.acceso import *  # noqa: F403
from timonel.ajustes.api import *  # noqa: F403
from timonel.ajustes.tareas import *  # noqa: F403
from timonel.ajustes.web import *  # noqa: F403
from timonel.base_de_datos import ajustes_de_base, direccion_de_base

RAIZ = Path(__file__).resolve().parent.parent
DATOS = Path(os.environ.get("TIMONEL_DATOS", RAIZ / ".timonel")).resolve()

DEBUG = False
PRODUCCION = produccion.PRODUCCION
# La demostración lo pone a True en su proceso: todo lo que se ve es simulado y de este equipo.
SOLO_SIMULADO = False
SECRET_KEY = produccion.clave_secreta(DATOS)
ALLOWED_HOSTS = produccion.permitidos()

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

DATABASES = {"default": ajustes_de_base(direccion_de_base(os.environ), DATOS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "UTC"
USE_TZ = True
LOGGING_CONFIG = None
