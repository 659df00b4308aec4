"""Todo error de la API sale con la misma forma: ``{codigo, mensaje, detalle}``, en español y sin nada de dentro."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404
from django.utils.translation import override
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from dominio.errores import ErrorDetener, ErrorRetroceder, ErrorServicio, ErrorTimonel, ErrorUsuario

_registro = logging.getLogger("timonel.api")
# Lo que se pidió no existe: 404. Lo demás que arregla quien pide: 400.
NO_EXISTE = frozenset({"BOT-01", "BOT-03", "PAN-03", "PAN-04", "PAN-05", "FRE-03"})
_DE_DRF: tuple[tuple[type[Exception], str, str], ...] = (
    (exceptions.NotAuthenticated, "ACC-01", "Hay que entrar antes: sesión del panel o ficha."),
    (exceptions.AuthenticationFailed, "ACC-01", "La ficha o la sesión no vale."),
    (exceptions.Throttled, "API-429", "Demasiadas peticiones: espere y repita."),
    (exceptions.MethodNotAllowed, "API-405", "Ese método no se admite aquí."),
    (exceptions.UnsupportedMediaType, "API-415", "El cuerpo debe ser JSON."),
    (exceptions.NotAcceptable, "API-406", "Solo se contesta en JSON."),
    (exceptions.NotFound, "API-404", "Eso no existe."),
    (Http404, "API-404", "Eso no existe."),
    (exceptions.ParseError, "API-400", "La petición no se entiende."),
    (exceptions.ValidationError, "API-400", "Hay parámetros que no valen."),
)


def manejador(fallo: Exception, contexto: dict[str, Any]) -> Response | None:
    """Devuelve la respuesta de un error, o None si es imprevisto (entonces, 500 sin detalles)."""
    if isinstance(fallo, ErrorTimonel):
        return _propio(fallo)
    if isinstance(fallo, DatabaseError):
        set_rollback()
        _registro.error("La base de datos no contesta: %s", type(fallo).__name__)  # el texto puede llevar datos
        return _cuerpo("SRV-BD1", "La base de datos no contesta.", {}, status.HTTP_503_SERVICE_UNAVAILABLE)
    with override("es"):
        respuesta = exception_handler(fallo, contexto)
    if respuesta is None:
        return None
    codigo, mensaje = _de_drf(fallo)
    respuesta.data = {"codigo": codigo, "mensaje": mensaje, "detalle": _detalle(fallo)}
    return respuesta


def _propio(fallo: ErrorTimonel) -> Response:
    set_rollback()
    mensaje = f"{fallo.mensaje} {fallo.que_hacer}".strip()
    return _cuerpo(fallo.codigo, mensaje, fallo.detalle, _estado(fallo))


def _estado(fallo: ErrorTimonel) -> int:
    if fallo.codigo in NO_EXISTE:
        return status.HTTP_404_NOT_FOUND
    if isinstance(fallo, ErrorUsuario):
        return status.HTTP_400_BAD_REQUEST
    if isinstance(fallo, ErrorRetroceder):
        return status.HTTP_429_TOO_MANY_REQUESTS
    if isinstance(fallo, ErrorServicio | ErrorDetener):
        return status.HTTP_503_SERVICE_UNAVAILABLE
    return status.HTTP_409_CONFLICT


def _de_drf(fallo: Exception) -> tuple[str, str]:
    if isinstance(fallo, exceptions.PermissionDenied | PermissionDenied):
        codigo = getattr(getattr(fallo, "detail", None), "code", "") or ""
        if codigo.startswith("ACC-"):
            return codigo, str(getattr(fallo, "detail", ""))
        if "CSRF" in str(getattr(fallo, "detail", "")):
            return "ACC-08", "Falta la cabecera X-CSRFToken de la sesión, o no es la suya."
        return "ACC-02", "No tiene permiso para esto."
    return next(((c, m) for clase, c, m in _DE_DRF if isinstance(fallo, clase)), ("API-400", "La petición no vale."))


def _detalle(fallo: Exception) -> dict[str, Any]:
    if isinstance(fallo, exceptions.ValidationError):
        return {"campos": fallo.detail}
    if isinstance(fallo, exceptions.Throttled):
        return {"espere_s": fallo.wait}
    return {}


def _cuerpo(codigo: str, mensaje: str, detalle: dict[str, Any], estado: int) -> Response:
    return Response({"codigo": codigo, "mensaje": mensaje, "detalle": detalle}, status=estado)
