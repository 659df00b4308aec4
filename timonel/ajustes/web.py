"""Ajustes de las páginas: plantillas, estáticos, idiomas y las cabeceras que protegen al navegador."""

from pathlib import Path
from typing import Any

from timonel.ajustes.produccion import PRODUCCION, dominios

RAIZ = Path(__file__).resolve().parent.parent.parent

APPS = ["django.contrib.staticfiles", "csp"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [RAIZ / "dashboard" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.acceso.contexto.acceso",
            ]
        },
    }
]
STATIC_URL = "/static/"
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "timonel.estaticos.ConResumen"},
}
LANGUAGE_CODE = "es"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [RAIZ / "dashboard" / "locale"]
USE_I18N = True

# Nada de fuera, nada en línea: ni guiones, ni estilos, ni marcos. Los datos del gráfico y del código QR son imágenes.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = PRODUCCION
SESSION_COOKIE_NAME = "__Host-sesion" if PRODUCCION else "timonel_sesion"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = PRODUCCION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCCION else "timonel_csrf"
CSRF_FAILURE_VIEW = "dashboard.acceso.errores_web.sin_csrf"
CSRF_TRUSTED_ORIGINS = [f"https://{uno.replace('.', '*.', 1) if uno.startswith('.') else uno}" for uno in dominios()]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCCION
# Las sondas de vida llegan por HTTP desde dentro del propio servidor.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCCION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCCION
SECURE_HSTS_PRELOAD = PRODUCCION
# Solo en producción hay un intermediario nuestro delante que pone (y sobrescribe) esta cabecera.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCCION else None

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 0
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
