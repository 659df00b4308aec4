"""La página Simulación. Solo lee."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.acceso.roles import LEER, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.simulacion import lecturas


@exige_rol(LEER)
@require_safe
def simulacion(peticion: HttpRequest) -> HttpResponse:
    """Devuelve lo aprendido en las pausas de un bot (``?bot=``), en la vista pedida (``?vista=``); o solo su trozo."""
    todas = lecturas.cuentas()
    cuenta = lecturas.elegir_cuenta(todas, peticion.GET.get("bot", ""))
    vista = peticion.GET.get("vista", lecturas.ULTIMA)
    vista = vista if vista in lecturas.VISTAS else lecturas.ULTIMA
    momento = ahora()
    datos = {"cuentas": todas, "cuenta": cuenta, "vista": vista, "ahora": momento}
    if cuenta is not None:
        datos |= lecturas.analisis(cuenta, vista, momento, settings.DATOS)
    trozo = "trozo" in peticion.GET
    return render(peticion, "dashboard/simulacion_trozo.html" if trozo else "dashboard/simulacion.html", datos)
