"""La página Simulación."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.acceso.roles import LEER, exige_rol


@exige_rol(LEER)
def simulacion(peticion: HttpRequest) -> HttpResponse:
    """Las entradas ficticias de la última pausa y el mapa de horas."""
    return render(peticion, "dashboard/simulacion.html", {})
