"""El refuerzo: para volver a arrancar, subir límites, pasar a real o tocar claves hay que probar quién se es otra vez.

Vale un segundo factor (TOTP, llave de seguridad o código de recuperación) de hace menos de cinco minutos. Nunca se pide
para parar. Una ficha de máquina no puede reforzarse: lo que lo exige lo hace una persona.

Vistas: ``@exige_refuerzo``. API: ``permission_classes = [..., ConRefuerzo]``. Servicios con su propia petición:
``exigir(peticion)``, que lanza ``ErrorRefuerzo`` (ACC-05 o ACC-06).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from rest_framework.permissions import BasePermission

from dashboard.acceso.origen import es_local
from dashboard.acceso.respuestas import quiere_json
from dominio.errores import ErrorUsuario
from dominio.reloj import RelojSistema

VIGENCIA_S = 300
_FACTORES = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]

Vista = Callable[..., HttpResponse]


class ErrorRefuerzo(ErrorUsuario):
    """Falta probar otra vez quién se es: ACC-05 se arregla reautenticándose; ACC-06, activando un segundo factor."""


def exigir(peticion: Any, *, con_dinero: bool = False) -> None:
    """No devuelve nada si la sesión está reforzada. ``peticion``: la de Django o la de DRF.

    ``con_dinero``: lo que se va a hacer sale de lo simulado; la contraseña sola no basta ni en la demostración.

    Raises:
        ErrorRefuerzo: ACC-05 si no hay un segundo factor reciente; ACC-06 si no hay ninguno activado.
    """
    usuario = peticion.user
    if getattr(peticion, "auth", None) is not None or not usuario.is_authenticated:
        raise ErrorRefuerzo(
            "ACC-05", "Esto lo hace una persona desde el panel.", "Entre con su cuenta y confirme que es usted."
        )
    con_factor = is_mfa_enabled(usuario, types=_FACTORES)
    if not con_factor and (con_dinero or not _basta_contrasena(peticion)):
        raise ErrorRefuerzo(
            "ACC-06",
            "Esto pide un segundo factor y su cuenta no tiene ninguno.",
            "Actívelo en Seguridad de la cuenta.",
            activar=reverse("mfa_activate_totp"),
        )
    if not _reciente(peticion, "mfa" if con_factor else "password"):
        raise ErrorRefuerzo(
            "ACC-05",
            "Confirme que es usted para seguir.",
            "Se le pedirá de nuevo su segundo factor." if con_factor else "Se le pedirá de nuevo su contraseña.",
            reautenticar=reverse(ruta_de_refuerzo(usuario)),
        )


def reforzada(peticion: Any, *, con_dinero: bool = False) -> bool:
    """Devuelve si la sesión está reforzada ahora: para que la página avise antes de pedir nada."""
    try:
        exigir(peticion, con_dinero=con_dinero)
    except ErrorRefuerzo:
        return False
    return True


def exige_refuerzo(vista: Vista) -> Vista:
    """Decorador de páginas y formularios: sin refuerzo lleva a confirmarlo y vuelve a la página de la que se venía.

    Lo enviado no se guarda para repetirlo después: podría ser una clave. La persona vuelve a su página y lo repite.
    """

    @wraps(vista)
    def guardada(peticion: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            exigir(peticion)
        except ErrorRefuerzo as error:
            return responder(peticion, error)
        return vista(peticion, *args, **kwargs)

    return guardada


def protege_factor(vista: Vista) -> Vista:
    """Decorador de lo que cambia contraseña y factores: quien ya tiene un factor lo prueba; no basta su contraseña.

    Si bastara, con la sesión y la contraseña de otro se cambiaría su factor por uno propio. A quien no tiene ninguno,
    allauth le pide la contraseña.
    """

    @wraps(vista)
    def guardada(peticion: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_mfa_enabled(peticion.user, types=_FACTORES):
            try:
                exigir(peticion)
            except ErrorRefuerzo as error:
                return responder(peticion, error)
        return vista(peticion, *args, **kwargs)

    return guardada


class ConRefuerzo(BasePermission):
    """Permiso de DRF: 403 con ACC-05 o ACC-06 como código si la sesión no está reforzada."""

    message = "Confirme que es usted para seguir."
    code = "ACC-05"

    def has_permission(self, request: Any, view: Any) -> bool:
        try:
            exigir(request)
        except ErrorRefuerzo as error:
            self.message, self.code = f"{error.mensaje} {error.que_hacer}", error.codigo
            return False
        return True


def responder(peticion: HttpRequest, error: ErrorRefuerzo) -> HttpResponse:
    """Devuelve a quien pidió el modo de reforzarse: 403 con la dirección a los programas, la página a las personas."""
    url = f"{_pagina(peticion, error)}?{urlencode({'next': volver_a(peticion)})}"
    if peticion.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": url, "X-Codigo": error.codigo})
    if quiere_json(peticion):
        detalle = {**error.detalle, "url": url}
        return JsonResponse({"codigo": error.codigo, "mensaje": error.mensaje, "detalle": detalle}, status=403)
    return redirect(url)


def probada(peticion: Any) -> bool:
    """Devuelve si hace menos de cinco minutos que se probó lo mejor que tiene la cuenta: su factor o su contraseña."""
    return _reciente(peticion, "mfa" if is_mfa_enabled(peticion.user, types=_FACTORES) else "password")


def ruta_de_refuerzo(usuario: Any) -> str:
    """Devuelve el nombre de la ruta donde este usuario se refuerza: código, llave o contraseña."""
    if is_mfa_enabled(usuario, types=[Authenticator.Type.TOTP]):
        return "mfa_reauthenticate"
    if is_mfa_enabled(usuario, types=[Authenticator.Type.WEBAUTHN]):
        return "mfa_reauthenticate_webauthn"
    return "account_reauthenticate"


def volver_a(peticion: HttpRequest) -> str:
    """Devuelve la página propia a la que se vuelve: la pedida si era de leer; si no, aquella desde la que se pidió."""
    if peticion.method in ("GET", "HEAD"):
        return peticion.get_full_path()
    origen = peticion.headers.get("HX-Current-URL") or peticion.headers.get("Referer") or "/"
    if not url_has_allowed_host_and_scheme(origen, allowed_hosts={peticion.get_host()}):
        return "/"
    partes = urlsplit(origen)
    return (partes.path or "/") + (f"?{partes.query}" if partes.query else "")


def _pagina(peticion: HttpRequest, error: ErrorRefuerzo) -> str:
    if error.codigo == "ACC-06":
        return reverse("acceso:segundo_factor")
    if not peticion.user.is_authenticated:
        return reverse("account_login")
    return reverse(ruta_de_refuerzo(peticion.user))


def _reciente(peticion: Any, metodo: str) -> bool:
    ahora = RelojSistema().ahora().timestamp()
    registros = get_authentication_records(peticion, peticion.user)
    return any(uno.get("method") == metodo and 0 <= ahora - uno.get("at", 0) < VIGENCIA_S for uno in registros)


def _basta_contrasena(peticion: Any) -> bool:
    """Solo en la demostración, y solo desde este equipo: allí no hay dinero que proteger y sí prisa por verlo."""
    return bool(getattr(settings, "SOLO_SIMULADO", False)) and not settings.PRODUCCION and es_local(peticion)
