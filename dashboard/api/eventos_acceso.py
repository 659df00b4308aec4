"""Quién puede seguir los eventos: una sesión o una ficha con alcance de leer. Se vuelve a preguntar a menudo."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.views import APIView

from dashboard.api.permissions import Leer


class _Acceso(APIView):
    """No es una ruta: presta a la vista asíncrona la autenticación y los permisos de toda la API."""


def identificar(peticion: HttpRequest) -> Any:
    """Devuelve quién es (algo que sirve de clave), o la respuesta de error si no puede leer."""
    vista = _Acceso()
    vista.setup(peticion)
    try:
        pedida = vista.initialize_request(peticion)
        vista.headers = vista.default_response_headers
        vista.request = pedida
        vista.perform_authentication(pedida)
        if not pedida.user.is_authenticated:
            return _no(vista, pedida, 401, "ACC-01", "Hay que entrar antes.")
        if not Leer().has_permission(pedida, vista):
            return _no(vista, pedida, 403, "ACC-02", "Hace falta el permiso de leer.")
    except APIException as fallo:
        return _no(vista, peticion, fallo.status_code, "ACC-01", str(fallo.detail))
    return pedida.user.pk


def vigilante(peticion: HttpRequest) -> Callable[[], bool]:
    """Devuelve la comprobación de que la sesión o la ficha sigue valiendo, leída de nuevo cada vez."""

    def vigente() -> bool:
        return not isinstance(identificar(_de_nuevo(peticion)), HttpResponse)

    return vigente


def _de_nuevo(peticion: HttpRequest) -> HttpRequest:
    """Devuelve la misma petición sin nada de lo ya leído: ni la sesión ni el usuario."""
    nueva = HttpRequest()
    nueva.method, nueva.path, nueva.META, nueva.COOKIES = "GET", peticion.path, peticion.META, peticion.COOKIES
    motor = import_module(settings.SESSION_ENGINE)
    nueva.session = motor.SessionStore(peticion.COOKIES.get(settings.SESSION_COOKIE_NAME))
    nueva.user = get_user(nueva)
    return nueva


def _no(vista: APIView, pedida: Any, estado: int, codigo: str, mensaje: str) -> JsonResponse:
    respuesta = JsonResponse({"codigo": codigo, "mensaje": mensaje, "detalle": {}}, status=estado)
    if estado == 401 and (pista := vista.get_authenticate_header(pedida)):
        respuesta["WWW-Authenticate"] = pista
    return respuesta
