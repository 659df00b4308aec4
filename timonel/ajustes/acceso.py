"""Ajustes de acceso: quién entra, con qué segundo factor y con qué límites."""

from datetime import timedelta
from typing import Any

from timonel.ajustes.produccion import PRODUCCION

APPS = [
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.acceso.middleware.CabecerasMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dashboard.acceso.middleware.PuertaMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDACION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDACION}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("username",)}},
    {"NAME": f"{_VALIDACION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDACION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDACION}.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

# Cuenta local y nada más: por nombre, sin registro, sin correo y sin recuperar la contraseña por él.
ACCOUNT_ADAPTER = "dashboard.acceso.adaptador.AdaptadorCuenta"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# El límite de intentos lo lleva axes, en la base; el de allauth usa la caché y no es atómico.
ACCOUNT_RATE_LIMITS: dict[str, Any] = {"login_failed": None, "login": None, "reauthenticate": None}

MFA_ADAPTER = "dashboard.acceso.adaptador.AdaptadorSegundoFactor"
MFA_FORMS = {
    "authenticate": "dashboard.acceso.forms.CodigoAlEntrar",
    "reauthenticate": "dashboard.acceso.forms.CodigoOtraVez",
    "add_webauthn": "dashboard.acceso.forms.LlaveNueva",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Timonel"
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Los navegadores solo dan llaves de seguridad por HTTPS o en «localhost».
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCCION

# Cinco fallos bloquean quince minutos la cuenta y, por separado, el sitio desde el que se probó. Insistir no lo alarga.
AXES_ENABLED = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "dashboard.acceso.bloqueo.responder"
AXES_CLIENT_IP_CALLABLE = "dashboard.acceso.origen.direccion"
AXES_USERNAME_CALLABLE = "dashboard.acceso.bloqueo.nombre_intentado"
AXES_SENSITIVE_PARAMETERS = ["username", "login", "password", "code", "credential", "contrasena", "secreto", "valor"]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True

KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - es el nombre de una tabla
