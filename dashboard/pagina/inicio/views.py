"""La página Inicio."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.acceso.roles import LEER, exige_rol


@exige_rol(LEER)
def inicio(peticion: HttpRequest) -> HttpResponse:
    """Todos los bots, una tarjeta cada uno."""
    return render(peticion, "dashboard/inicio.html", {})
