"""Ajustes · Claves: quien administra teclea la clave de una sede y aquí se cierra para quien opera."""

import os
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.acceso.refuerzo import exige_refuerzo
from dashboard.acceso.roles import ADMINISTRAR, exige_rol
from dominio.errores import ErrorConfiguracion, ErrorTimonel
from dominio.reloj import RelojSistema
from historial.models import SecretoCifrado
from historial.services import secretos

FICHERO_PUBLICA = "llave_sobres.pub"
VARIABLE = "TIMONEL_LLAVE_SOBRES_PUBLICA"


class FormularioClave(forms.Form):
    """El nombre y el valor de una clave; el valor nunca se vuelve a enseñar."""

    nombre = forms.ChoiceField(label=gettext_lazy("Qué clave"), choices=[])
    valor = forms.CharField(
        label=gettext_lazy("Valor"),
        max_length=secretos.VALOR_MAX,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nombre"].choices = list(secretos.ADMITIDAS.items())  # type: ignore[attr-defined]


@sensitive_post_parameters("valor")
@require_http_methods(["GET", "POST"])
@exige_rol(ADMINISTRAR)
@exige_refuerzo
def claves(peticion: HttpRequest) -> HttpResponse:
    """Las claves guardadas (nombre, cuándo, quién y sus cuatro últimas letras) y el formulario para poner otra."""
    formulario = FormularioClave(peticion.POST or None)
    estado = 200
    if peticion.method == "POST":
        estado = 400
        if formulario.is_valid() and _guardar(peticion, formulario):
            messages.success(peticion, _("Clave guardada. Los bots la leen al arrancar."))
            return redirect("acceso:claves")
    return render(peticion, "acceso/claves.html", _contexto(formulario), status=estado)


@require_POST
@exige_rol(ADMINISTRAR)
@exige_refuerzo
def borrar(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Borra una clave guardada."""
    try:
        secretos.borrar_secreto(nombre, _actor(peticion), ahora=RelojSistema().ahora())
    except ErrorTimonel as error:
        messages.error(peticion, f"{error.mensaje} {error.que_hacer}")
    else:
        messages.success(peticion, _("Clave borrada."))
    return redirect("acceso:claves")


def llave_publica() -> str:
    """Devuelve la llave con que se cierra. Raises ErrorConfiguracion (SOB-07) si no se ha creado."""
    if valor := os.environ.get(VARIABLE):
        return valor.strip()
    try:
        return (Path(settings.DATOS) / FICHERO_PUBLICA).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "SOB-07", "Todavía no hay llave para guardar claves.", "Ejecute «timonel configurar --llave» donde opera."
        ) from fallo


def _guardar(peticion: HttpRequest, formulario: FormularioClave) -> bool:
    datos = formulario.cleaned_data
    try:
        publica = llave_publica()
        secretos.guardar_secreto(
            datos["nombre"], datos["valor"], publica, _actor(peticion), ahora=RelojSistema().ahora()
        )
    except ErrorTimonel as error:
        formulario.add_error(None, f"{error.mensaje} {error.que_hacer}")
        return False
    return True


def _contexto(formulario: FormularioClave) -> dict[str, Any]:
    try:
        llave_publica()
        sin_llave = None
    except ErrorConfiguracion as error:
        sin_llave = error
    guardadas = SecretoCifrado.objects.filter(nombre__in=secretos.ADMITIDAS).order_by("nombre")
    filas = [{"fila": fila, "titulo": secretos.ADMITIDAS[fila.nombre]} for fila in guardadas]
    return {"form": formulario, "guardadas": filas, "sin_llave": sin_llave}


def _actor(peticion: HttpRequest) -> str:
    return f"panel:{peticion.user.get_username()}"[:64]
