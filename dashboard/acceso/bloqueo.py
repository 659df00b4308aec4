"""El bloqueo por intentos fallidos: contraseñas y códigos cuentan igual, en la base, por cuenta y por sitio."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from dashboard.acceso.respuestas import denegar
from dominio.errores import ErrorUsuario


def nombre_intentado(peticion: HttpRequest, credenciales: dict[str, Any] | None = None) -> str | None:
    """Devuelve con qué nombre se intentó entrar, igual en minúsculas: «Ana» y «ana» cuentan juntas."""
    nombre = (credenciales or {}).get("username") or peticion.POST.get("login") or None
    return str(nombre).strip().lower()[:150] if nombre else None


def responder(peticion: HttpRequest, *_: Any) -> HttpResponse:
    """Devuelve la página (o el JSON) de «demasiados intentos»."""
    error = ErrorUsuario(
        "ACC-04",
        "Demasiados intentos fallidos.",
        "Espere quince minutos, o desbloquéelo con «timonel panel desbloquear».",
    )
    return denegar(peticion, error, 429)


def bloqueada(peticion: HttpRequest, nombre: str) -> bool:
    """Devuelve si la cuenta o el sitio están bloqueados ahora; si lo están, la respuesta será la de bloqueo."""
    if AxesProxyHandler.is_allowed(peticion, {"username": nombre}):
        return False
    peticion.axes_locked_out = True  # type: ignore[attr-defined]
    return True


def desbloquear(nombre: str | None = None) -> int:
    """Olvida los intentos fallidos de una cuenta, o todos, y devuelve cuántas filas borró."""
    return int(reset(username=nombre.strip().lower() if nombre else None))


@receiver(authentication_failed, sender=Authenticator, dispatch_uid="timonel-codigo-malo")
def _codigo_malo(request: HttpRequest, user: Any, **_: Any) -> None:
    AxesProxyHandler.user_login_failed(
        sender=Authenticator, credentials={"username": user.get_username()}, request=request
    )
