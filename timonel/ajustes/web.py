"""Ajustes de las páginas: plantillas, ficheros estáticos e idiomas."""

from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent.parent

APPS = ["django.contrib.staticfiles"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [RAIZ / "dashboard" / "locale"]
USE_I18N = True
