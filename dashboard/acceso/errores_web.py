"""Las páginas de error: el mismo aspecto, un código y nada de lo que pasó por dentro."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.acceso.respuestas import denegar
from dominio.errores import ErrorUsuario


def sin_csrf(peticion: HttpRequest, reason: str = "") -> HttpResponse:
    """Devuelve el 403 de un envío que no salió de una página nuestra (o cuya página caducó)."""
    return denegar(
        peticion,
        ErrorUsuario("ACC-08", "El envío no salió de esta página.", "Vuelva atrás, recargue y repita."),
    )


def mal_pedido(peticion: HttpRequest, exception: Any = None) -> HttpResponse:
    """Devuelve el 400."""
    return denegar(peticion, ErrorUsuario("PAN-400", "La petición no se entiende.", ""), 400)


def prohibido(peticion: HttpRequest, exception: Any = None) -> HttpResponse:
    """Devuelve el 403."""
    return denegar(peticion, ErrorUsuario("ACC-02", "No tiene permiso para esto.", ""), 403)


def no_existe(peticion: HttpRequest, exception: Any = None) -> HttpResponse:
    """Devuelve el 404."""
    return denegar(peticion, ErrorUsuario("PAN-404", "Esa página no existe.", "Vuelva al inicio."), 404)


def fallo(peticion: HttpRequest) -> HttpResponse:
    """Devuelve el 500."""
    error = ErrorUsuario("PAN-500", "Algo falló dentro de Timonel.", "El detalle está en el registro del servidor.")
    return denegar(peticion, error, 500)
