"""Ajustes de la API: denegar por defecto, sesión para personas y fichas con alcance para máquinas."""

from datetime import timedelta
from typing import Any

APPS = ["rest_framework", "drf_spectacular", "knox", "django_filters"]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # La ficha primero: a quien no trae nada se le contesta 401 y cómo identificarse.
        "dashboard.acceso.fichas.AutenticacionFicha",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
REST_KNOX = {"TOKEN_TTL": timedelta(hours=10)}
SPECTACULAR_SETTINGS: dict[str, Any] = {"TITLE": "Timonel", "VERSION": "1"}
