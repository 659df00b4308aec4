"""Los botones «Parar» y «Reanudar» de todas las páginas: un formulario, y de vuelta a donde se estaba."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard.acceso.refuerzo import exige_refuerzo
from dashboard.acceso.roles import OPERAR, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.mando import services
from dominio.errores import ErrorTimonel


@require_POST
@exige_rol(OPERAR)
def parar(peticion: HttpRequest) -> HttpResponse:
    """Detiene todo o un bot. No pide refuerzo: parar es fácil."""
    ambito, clave = _ambito(peticion)
    try:
        services.parar(ambito, clave, peticion.user.get_username(), ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    else:
        messages.warning(peticion, _("Detenido. No se abre nada más hasta que alguien reanude."))
    return _volver(peticion)


@require_POST
@exige_rol(OPERAR)
@exige_refuerzo
def reanudar(peticion: HttpRequest) -> HttpResponse:
    """Suelta el freno de todo o de un bot, con la persona reforzada. Una pausa en curso sigue hasta su hora."""
    ambito, clave = _ambito(peticion)
    try:
        services.reanudar(ambito, clave, peticion.user.get_username(), ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    else:
        messages.success(peticion, _("Freno suelto. Un bot en pausa sigue esperando su hora."))
    return _volver(peticion)


def _ambito(peticion: HttpRequest) -> tuple[str, str]:
    ambito = peticion.POST.get("ambito", "global")
    return ambito, "" if ambito == "global" else peticion.POST.get("clave", "")


def _volver(peticion: HttpRequest) -> HttpResponse:
    destino = peticion.POST.get("volver", "/")
    propio = destino.startswith("/") and url_has_allowed_host_and_scheme(destino, allowed_hosts=None)
    return redirect(destino if propio else "/")
