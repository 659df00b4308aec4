"""La página de un bot, sus trozos y los datos de sus gráficos. Solo lee."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.acceso.roles import LEER, exige_rol
from dashboard.pagina.bot import graficos, lecturas
from dashboard.pagina.comun.ahora import ahora
from dominio.errores import ErrorTimonel

_NO_EXISTE, _SIN_OPERAR = "BOT-01", "BOT-03"


def _de_un_bot(vista: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Devuelve la vista con sus errores traducidos: el bot que no existe es un 404; el que no ha operado, su vacío."""

    @exige_rol(LEER)
    @require_safe
    @wraps(vista)
    def guardada(peticion: HttpRequest, nombre: str) -> HttpResponse:
        try:
            return vista(peticion, nombre)
        except ErrorTimonel as error:
            if error.codigo == _SIN_OPERAR:
                return render(peticion, "dashboard/bot_sin_operar.html", {"nombre": nombre})
            if error.codigo == _NO_EXISTE:
                raise Http404(str(error)) from error
            return render(peticion, "dashboard/fallo.html", {"error": error}, status=503)

    return guardada


@_de_un_bot
def bot(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve la página entera o, con ``?trozo``, solo lo que cambia con cada evento."""
    datos: dict[str, Any] = lecturas.pagina(nombre, settings.DATOS, ahora())
    if "trozo" in peticion.GET:
        return render(peticion, "dashboard/bot_trozo.html", datos)
    return render(peticion, "dashboard/bot.html", datos | {"fiable": lecturas.fiabilidad_de(nombre, settings.DATOS)})


@_de_un_bot
def fiabilidad(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve el trozo de la fiabilidad de la confianza."""
    datos = {"fiable": lecturas.fiabilidad_de(nombre, settings.DATOS)}
    return render(peticion, "dashboard/partes/fiabilidad.html", datos)


@_de_un_bot
def precio(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve las velas y las marcas de ``?activo=``, en JSON."""
    return JsonResponse(graficos.precio(nombre, peticion.GET.get("activo", "")[:64], settings.DATOS))


@_de_un_bot
def balance(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve la curva del balance, en JSON."""
    return JsonResponse(graficos.balance(nombre, settings.DATOS))
