"""La página de un bot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.acceso.roles import LEER, exige_rol


@exige_rol(LEER)
def bot(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Un bot entero."""
    return render(peticion, "dashboard/bot.html", {"nombre": nombre})
