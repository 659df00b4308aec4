"""Deja constancia de quién entra, quién falla y quién cambia su segundo factor."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from dashboard.acceso import bloqueo  # noqa: F401 - conecta su propia señal
from dashboard.acceso.origen import direccion
from dashboard.acceso.services import anotar
from dominio.reloj import RelojSistema


@receiver(user_logged_in, dispatch_uid="timonel-entra")
def _entra(request: Any, user: Any, **_: Any) -> None:
    _constar("entra", user, request)


@receiver(user_logged_out, dispatch_uid="timonel-sale")
def _sale(request: Any, user: Any, **_: Any) -> None:
    if user is not None:
        _constar("sale", user, request)


@receiver(authenticator_added, sender=Authenticator, dispatch_uid="timonel-factor-mas")
def _mas_factor(request: Any, user: Any, authenticator: Any, **_: Any) -> None:
    if authenticator.type in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN):
        # Activarlo es haberlo probado: no se vuelve a pedir para ver los códigos de recuperación.
        record_authentication(request, user, "mfa", type=str(authenticator.type), reauthenticated=True)
    _constar("segundo_factor_activado", user, request, tipo=str(authenticator.type))


@receiver(authenticator_removed, sender=Authenticator, dispatch_uid="timonel-factor-menos")
def _menos_factor(request: Any, user: Any, authenticator: Any, **_: Any) -> None:
    _constar("segundo_factor_desactivado", user, request, tipo=str(authenticator.type))


def _constar(accion: str, usuario: Any, peticion: Any, **datos: Any) -> None:
    nombre = usuario.get_username()
    desde = direccion(peticion) if peticion is not None else ""
    anotar(accion, nombre, ahora=RelojSistema().ahora(), objeto=nombre, desde=desde, **datos)
