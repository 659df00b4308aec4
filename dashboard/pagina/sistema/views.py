"""Las vistas de sistema."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard.acceso.roles import LEER, OPERAR, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.sistema import lecturas, services
from dominio.errores import ErrorTimonel


@exige_rol(LEER)
@require_safe
def sistema(peticion: HttpRequest) -> HttpResponse:
    """Devuelve la salud de todo; si la pide htmx, solo la tabla de sedes, que es lo que cambia a cada rato."""
    datos = {"ahora": ahora(), "conexiones": lecturas.conexiones(ahora())}
    if peticion.headers.get("HX-Request") == "true":
        return render(peticion, "dashboard/sistema_sedes.html", datos)
    datos |= {
        "base": lecturas.base(),
        "trabajos": lecturas.trabajos(),
        "auditoria": lecturas.auditoria(),
        "versiones": lecturas.versiones(),
        "servicios": lecturas.servicios(),
        "frenos": lecturas.frenos_puestos(),
    }
    return render(peticion, "dashboard/sistema.html", datos)


@require_POST
@exige_rol(OPERAR)
def verificar(peticion: HttpRequest) -> HttpResponse:
    """Comprueba la cadena de auditoría y vuelve con el resultado."""
    try:
        resultado = services.verificar_ahora()
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
        return redirect("panel:sistema")
    if resultado.primera is None:
        frase = _("La auditoría está entera: %(filas)s eslabones en %(flujos)s flujos.")
        messages.success(peticion, frase % {"filas": resultado.filas, "flujos": resultado.flujos})
    else:
        rotura = resultado.primera
        frase = _("La auditoría está rota en %(flujo)s, eslabón %(seq)s: %(motivo)s.")
        messages.error(peticion, frase % {"flujo": rotura.flujo, "seq": rotura.seq, "motivo": _(rotura.motivo)})
    return redirect("panel:sistema")
