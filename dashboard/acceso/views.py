"""Las páginas de acceso que no trae allauth: el enlace de un solo uso, la cuenta y el aviso del segundo factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal import flows
from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from dashboard.acceso import services
from dashboard.acceso.forms import PrimeraContrasena
from dashboard.acceso.origen import es_local
from dashboard.acceso.refuerzo import reforzada
from dashboard.acceso.respuestas import denegar
from dashboard.acceso.roles import rol_de
from dominio.errores import ErrorUsuario
from dominio.reloj import RelojSistema


def _sin_rastro(vista: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorador: la dirección lleva un secreto y Django registra la de toda respuesta de error."""

    @wraps(vista)
    def guardada(*args: Any, **kwargs: Any) -> HttpResponse:
        respuesta = vista(*args, **kwargs)
        respuesta._has_been_logged = True  # type: ignore[attr-defined]
        return respuesta

    return guardada


@login_not_required
@_sin_rastro
@sensitive_post_parameters("nueva", "repetida")
@require_http_methods(["GET", "POST"])
def enlace(peticion: HttpRequest, ficha: str) -> HttpResponse:
    """Fija la primera contraseña. Abrirlo no lo gasta (un navegador puede adelantarse): lo gasta enviarla."""
    ahora = RelojSistema().ahora()
    vigente = services.enlace_vigente(ficha, ahora=ahora, local=es_local(peticion))
    if vigente is None:
        return denegar(peticion, services.enlace_muerto(), 410)
    formulario = PrimeraContrasena(vigente.usuario, peticion.POST or None)
    if peticion.method == "POST" and formulario.is_valid():
        try:
            usuario = services.fijar_primera_contrasena(vigente, formulario.cleaned_data["nueva"], ahora=ahora)
        except ErrorUsuario as error:
            return denegar(peticion, error, 410)
        return _entrar(peticion, usuario)
    estado = 200 if peticion.method == "GET" else 400
    contexto = {"form": formulario, "nombre": vigente.usuario.get_username()}
    return render(peticion, "acceso/enlace.html", contexto, status=estado)


def _entrar(peticion: HttpRequest, usuario: Any) -> HttpResponse:
    """Entra por el camino de siempre: si la cuenta ya tenía segundo factor, se le pide."""
    tenia = Authenticator.objects.filter(user=usuario).exists()
    destino = "/" if tenia else reverse("acceso:segundo_factor")
    if peticion.user.is_authenticated:
        flows.logout.logout(peticion)
    login = Login(user=usuario, redirect_url=destino)
    return flows.login.perform_password_login(peticion, {"username": usuario.get_username()}, login)


@require_GET
def cuenta(peticion: HttpRequest) -> HttpResponse:
    """Quién soy, qué puedo y cómo está protegida mi cuenta."""
    factores = list(Authenticator.objects.filter(user_id=peticion.user.pk).order_by("type"))
    contexto = {"rol": rol_de(peticion.user), "factores": factores, "reforzada": reforzada(peticion)}
    return render(peticion, "acceso/cuenta.html", contexto)


@require_GET
def segundo_factor(peticion: HttpRequest) -> HttpResponse:
    """Invita a activar el segundo factor, y dice qué no se puede hacer sin él."""
    volver = peticion.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(volver, allowed_hosts={peticion.get_host()}):
        volver = "/"
    return render(peticion, "acceso/segundo_factor.html", {"volver": volver})
