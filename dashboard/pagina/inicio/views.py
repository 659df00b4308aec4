"""La página Inicio. Solo lee."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.acceso.roles import LEER, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.inicio import lecturas


@exige_rol(LEER)
@require_safe
def inicio(peticion: HttpRequest) -> HttpResponse:
    """Devuelve todos los bots, una tarjeta cada uno; con ``?trozo``, solo lo que cambia."""
    datos = lecturas.inicio(settings.DATOS, ahora())
    trozo = "trozo" in peticion.GET
    return render(peticion, "dashboard/inicio_trozo.html" if trozo else "dashboard/inicio.html", datos)
