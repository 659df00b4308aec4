"""Lo que se comprueba en toda petición: nadie pasa sin haber entrado y sin permiso de leer, salvo lo dicho aparte."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

from dashboard.acceso.respuestas import denegar, quiere_json
from dashboard.acceso.roles import LEER, a_entrar, puede, sin_rol
from dominio.errores import ErrorUsuario

# La API decide por vista (denegar por defecto) y los avisos entrantes comprueban la firma de quien los manda.
DECIDEN_APARTE = {"api", "avisos_entrantes"}
# Lo que una persona puede hacer con su propia cuenta aunque todavía no tenga ningún permiso.
DE_LA_CUENTA = ("account_", "mfa_")


class CabecerasMiddleware(MiddlewareMixin):
    """Cabeceras que ni Django ni la política de contenido ponen."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Cache-Control", "no-store")
        return response


class PuertaMiddleware(MiddlewareMixin):
    """Denegar por defecto: una vista nueva, sin marcar, pide haber entrado y el permiso de leer."""

    def process_view(self, request: HttpRequest, vista: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        ruta = request.resolver_match
        if ruta is not None and DECIDEN_APARTE.intersection(ruta.namespaces):
            return None
        if not getattr(vista, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return _sin_entrar(request)
        if ruta is not None and (ruta.url_name or "").startswith(DE_LA_CUENTA):
            return None
        return None if puede(request.user, LEER) else denegar(request, sin_rol(LEER))


def _sin_entrar(request: HttpRequest) -> HttpResponse:
    if quiere_json(request):
        error = ErrorUsuario("ACC-01", "Hay que entrar antes.", "", entrar=str(settings.LOGIN_URL))
        return denegar(request, error, 401)
    return a_entrar(request)
