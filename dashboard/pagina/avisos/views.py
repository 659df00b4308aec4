"""Las vistas de avisos: la bandeja, el mensaje de prueba y el acuse de recibo."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dashboard.acceso.roles import LEER, OPERAR, exige_rol
from dashboard.pagina.avisos import lecturas
from dashboard.pagina.comun.ahora import ahora
from dashboard.pagina.comun.unico import unico
from dominio.errores import ErrorTimonel
from notificaciones.services import acusar, notificar_prueba


@exige_rol(LEER)
@require_safe
def avisos(peticion: HttpRequest) -> HttpResponse:
    """Devuelve la bandeja, lo que está configurado y lo que falta."""
    filtro, cursor = peticion.GET.get("ver", ""), peticion.GET.get("despues", "")
    bandeja = lecturas.bandeja(filtro, int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None)
    config, fallo = lecturas.configuracion()
    mas = {"ver": filtro, "despues": bandeja.despues}
    datos = {
        "bandeja": bandeja,
        "filtro": filtro,
        "filtros": _filtros(),
        "url_despues": f"{reverse('panel:avisos')}?{urlencode(mas)}" if bandeja.despues else "",
        "en_la_primera": not cursor,
        "config": config,
        "fallo": fallo,
        "comprobaciones": lecturas.comprobaciones(config) if config else [],
        "canales_parados": lecturas.canales_parados(ahora()),
        "entrantes": lecturas.entrantes(),
    }
    return render(peticion, "dashboard/avisos.html", datos)


@require_POST
@exige_rol(OPERAR)
def probar(peticion: HttpRequest) -> HttpResponse:
    """Pone en la bandeja un mensaje de prueba para cada destinatario."""
    config, fallo = lecturas.configuracion()
    if config is None or not config.salidas:
        messages.error(peticion, fallo or _("No hay ningún canal configurado: no se puede enviar nada."))
        return redirect("panel:avisos")
    try:
        quien = peticion.user.get_username()
        cuantos = notificar_prueba(quien, clave=f"prueba:{unico()}", config=config, ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    else:
        frase = ngettext(
            "Mensaje de prueba en la bandeja: %(n)s destinatario.",
            "Mensaje de prueba en la bandeja: %(n)s destinatarios.",
            cuantos,
        )
        messages.success(peticion, frase % {"n": cuantos})
    return redirect("panel:avisos")


@require_POST
@exige_rol(OPERAR)
def acusar_recibo(peticion: HttpRequest) -> HttpResponse:
    """Da por recibido un aviso: deja de repetirse."""
    try:
        acusar(peticion.POST.get("clave", ""), peticion.user.get_username(), ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    else:
        messages.success(peticion, _("Recibido. Ese aviso no se repetirá más."))
    return redirect("panel:avisos")


def _filtros() -> list[tuple[str, str]]:
    return [("", _("Todos")), ("acusar", _("Por acusar")), ("fallos", _("Con fallo")), ("cola", _("En cola"))]
