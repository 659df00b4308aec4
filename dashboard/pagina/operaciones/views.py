"""Las vistas de operaciones: la tabla, el cajón y la descarga. Solo leen."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.acceso.roles import LEER, exige_rol
from dashboard.pagina.operaciones import consulta, vida
from dashboard.pagina.operaciones.forms import FormularioFiltros
from dashboard.pagina.operaciones.resumen import resumen
from historial.models import Operacion


@exige_rol(LEER)
@require_safe
def operaciones(peticion: HttpRequest) -> HttpResponse:
    """Devuelve la tabla filtrada, ordenada y por páginas, con su resumen."""
    formulario = FormularioFiltros(peticion.GET)
    filas = Operacion.objects.filter(**formulario.condiciones())
    orden = consulta.Orden.leer(peticion.GET.get("orden", ""))
    pagina = consulta.pagina(filas, orden, antes=peticion.GET.get("antes", ""), despues=peticion.GET.get("despues", ""))
    puestos = formulario.activos()
    datos = {
        "formulario": formulario,
        "puestos": puestos,
        "columnas": _columnas(orden, puestos),
        "pagina": pagina,
        "resumen": resumen(filas),
        "url_antes": _url(puestos, orden, antes=pagina.antes) if pagina.antes else "",
        "url_despues": _url(puestos, orden, despues=pagina.despues) if pagina.despues else "",
        "url_csv": _url_csv(puestos),
        "consulta_vuelta": urlencode(puestos | {"orden": str(orden)}),
    }
    return render(peticion, "dashboard/operaciones.html", datos)


@exige_rol(LEER)
@require_safe
def operacion(peticion: HttpRequest, ident: int) -> HttpResponse:
    """Devuelve la vida de una orden: página entera, o solo el cajón si la pide htmx."""
    fila = get_object_or_404(Operacion.objects.select_related("orden"), pk=ident)
    datos = {"operacion": fila, "orden": fila.orden, "pasos": vida.pasos(fila), "porque": vida.porque(fila)}
    if peticion.headers.get("HX-Request") == "true":
        return render(peticion, "dashboard/operaciones_cajon.html", datos)
    return render(peticion, "dashboard/operaciones_detalle.html", datos)


def _columnas(orden: consulta.Orden, puestos: dict[str, str]) -> list[dict[str, Any]]:
    """Devuelve las cabeceras: nombre, enlace que cambia el orden y su ``aria-sort``."""
    nombres = {
        "hora": _("Inicio"),
        "bot": _("Bot"),
        "activo": _("Activo"),
        "direccion": _("Dirección"),
        "monto": _("Monto"),
        "confianza": _("Confianza"),
        "resultado": _("Resultado"),
        "beneficio": _("Beneficio"),
    }
    lista = []
    for columna, nombre in nombres.items():
        actual = columna == orden.columna
        # La primera pulsación enseña lo mayor y lo más nuevo arriba; la segunda, al revés.
        baja = not orden.baja if actual else columna in ("hora", "monto", "confianza", "beneficio")
        lista.append(
            {
                "clave": columna,
                "nombre": nombre,
                "url": _url(puestos, consulta.Orden(columna, baja)),
                "aria": ("descending" if orden.baja else "ascending") if actual else "none",
                "numero": columna in ("monto", "confianza", "beneficio"),
            }
        )
    return lista


def _url(puestos: dict[str, str], orden: consulta.Orden, **mas: str) -> str:
    return f"{reverse('panel:operaciones')}?{urlencode(puestos | {'orden': str(orden)} | mas)}"


def _url_csv(puestos: dict[str, str]) -> str:
    return f"{reverse('panel:operaciones_csv')}?{urlencode(puestos)}"
