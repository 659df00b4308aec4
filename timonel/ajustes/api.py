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
    # Una vista que no diga nada es de quien administra.
    "DEFAULT_PERMISSION_CLASSES": ["dashboard.api.permissions.Administrar"],
    "DEFAULT_RENDERER_CLASSES": ["dashboard.api.salida.SalidaJSON"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "dashboard.api.salida.SiempreJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "dashboard.api.errores.manejador",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_THROTTLE_CLASSES": ["dashboard.api.throttling.PorAmbito"],
    # Por persona o ficha. Parar no tiene ámbito: no se limita nunca.
    "DEFAULT_THROTTLE_RATES": {"lecturas": "1200/min", "descargas": "30/min", "mando": "60/min"},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_KNOX = {"TOKEN_TTL": timedelta(hours=10)}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Timonel",
    "DESCRIPTION": (
        "Lecturas y mando de los bots. Importes como números JSON en la moneda de la cuenta; horas UTC en ISO 8601; "
        "porcentajes de 0 a 100. Todo error es {codigo, mensaje, detalle}: se decide por el código."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
