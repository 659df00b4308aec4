"""Las personas y las fichas de máquina: invitar, retirar, emitir y revocar. Todo lo que da entrada pide refuerzo."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard.acceso import fichas, services
from dashboard.acceso.refuerzo import exige_refuerzo
from dashboard.acceso.roles import ADMINISTRAR, exige_rol
from dashboard.pagina.comun.ahora import ahora
from dominio.errores import ErrorTimonel, ErrorUsuario

HORAS_MAX = 24 * 366


@require_POST
@exige_rol(ADMINISTRAR)
@exige_refuerzo
def invitar(peticion: HttpRequest) -> HttpResponse:
    """Crea la cuenta (o le cambia el permiso) y enseña, una sola vez, su enlace de entrada."""
    nombre, rol = peticion.POST.get("nombre", "").strip(), peticion.POST.get("rol", "")
    try:
        ficha = services.invitar(nombre, rol, peticion.user.get_username(), ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
        return redirect("panel:ajustes")
    url = peticion.build_absolute_uri(reverse("acceso:enlace", args=[ficha]))
    aviso = _("Vale una vez y durante quince minutos. Déselo a esa persona por un camino seguro.")
    return _secreto(peticion, _("Enlace de entrada de %(nombre)s") % {"nombre": nombre}, url, aviso)


@require_POST
@exige_rol(ADMINISTRAR)
def retirar(peticion: HttpRequest) -> HttpResponse:
    """Quita la entrada a una persona en el acto. No pide refuerzo: cerrar es fácil."""
    nombre = peticion.POST.get("nombre", "")
    if nombre.lower() == peticion.user.get_username().lower():
        messages.error(peticion, _("No puede retirarse a sí mismo."))
    elif services.retirar(nombre, peticion.user.get_username(), ahora=ahora()):
        messages.success(peticion, _("%(nombre)s ya no puede entrar.") % {"nombre": nombre})
    return redirect("panel:ajustes")


@require_POST
@exige_rol(ADMINISTRAR)
@exige_refuerzo
def emitir(peticion: HttpRequest) -> HttpResponse:
    """Crea una ficha de máquina y la enseña una sola vez."""
    nombre, alcance = peticion.POST.get("nombre", "").strip(), peticion.POST.get("alcance", "")
    try:
        horas = _horas(peticion.POST.get("horas", ""))
        nueva = fichas.emitir(nombre, alcance, peticion.user.get_username(), horas=horas, ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
        return redirect("panel:ajustes")
    aviso = _("Es la única vez que se ve. Va en la cabecera «Authorization: Token …».")
    return _secreto(peticion, _("Ficha de %(nombre)s") % {"nombre": nombre}, nueva.ficha, aviso)


@require_POST
@exige_rol(ADMINISTRAR)
def revocar(peticion: HttpRequest) -> HttpResponse:
    """Revoca todas las fichas de un nombre en el acto."""
    fichas.revocar(peticion.POST.get("nombre", ""), peticion.user.get_username(), ahora=ahora())
    messages.success(peticion, _("Fichas revocadas."))
    return redirect("panel:ajustes")


def _horas(texto: str) -> float:
    if not texto.isdecimal() or not 1 <= int(texto) <= HORAS_MAX:
        raise ErrorUsuario("PAN-25", "Las horas de vida no valen.", f"De 1 a {HORAS_MAX}.")
    return float(texto)


def _secreto(peticion: HttpRequest, titulo: str, secreto: str, aviso: str) -> HttpResponse:
    datos = {"titulo": titulo, "secreto": secreto, "aviso": aviso}
    respuesta = render(peticion, "dashboard/ajustes_secreto.html", datos)
    respuesta["Cache-Control"] = "no-store"
    return respuesta
