"""Cómo se le dice que no a cada quien: página a una persona, JSON a un programa, cambio de página a htmx."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dominio.errores import ErrorTimonel


def quiere_json(peticion: HttpRequest) -> bool:
    """Devuelve si quien pide es un programa: la API o quien no acepta HTML."""
    if peticion.path.startswith("/api/"):
        return True
    return peticion.get_preferred_type(["text/html", "application/json"]) == "application/json"


def denegar(peticion: HttpRequest, error: ErrorTimonel, estado: int = 403) -> HttpResponse:
    """Devuelve la respuesta con el código y la frase del error."""
    if quiere_json(peticion):
        cuerpo = {"codigo": error.codigo, "mensaje": error.mensaje, "detalle": error.detalle}
        return JsonResponse(cuerpo, status=estado)
    return render(peticion, "acceso/denegado.html", {"error": error}, status=estado)
