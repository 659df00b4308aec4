"""Las vistas de ajustes: la lista, los parámetros de un bot con su vista previa, y arrancar o parar su proceso."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.definiciones.services import Resultado
from dashboard.acceso.refuerzo import ErrorRefuerzo, exigir, reforzada, responder
from dashboard.acceso.respuestas import denegar
from dashboard.acceso.roles import ADMINISTRAR, LEER, OPERAR, exige_rol, puede
from dashboard.pagina.ajustes import lecturas, services
from dashboard.pagina.ajustes.parametros import GRUPOS, TODOS, Parametro, de_serie, en_texto, legible, valor_en
from dashboard.pagina.ajustes.propuesta import Propuesta, proponer
from dashboard.pagina.comun.ahora import ahora
from dominio.errores import ErrorTimonel


@exige_rol(LEER)
@require_safe
def ajustes(peticion: HttpRequest) -> HttpResponse:
    """Devuelve la lista de bots y los demás ajustes."""
    bots = lecturas.bots(settings.DATOS, ahora())
    datos: dict[str, Any] = {"bots": bots, "bases": [bot.nombre for bot in bots if not bot.fallo]}
    if puede(peticion.user, ADMINISTRAR):
        datos |= {"personas": lecturas.personas(), "fichas": lecturas.fichas()}
    return render(peticion, "dashboard/ajustes.html", datos)


@exige_rol(LEER)
@require_safe
def bot(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve los parámetros de un bot y la historia de sus cambios."""
    try:
        vigente = lecturas.vigente(nombre, settings.DATOS)
    except ErrorTimonel as error:
        return denegar(peticion, error, 404)
    return _formulario(peticion, nombre, vigente, proponer(vigente, {}))


@exige_rol(ADMINISTRAR)
@require_safe
def previa(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Devuelve qué cambiaría con lo tecleado, sin guardar nada; si algo no vale, el formulario con sus fallos."""
    try:
        vigente = lecturas.vigente(nombre, settings.DATOS)
    except ErrorTimonel as error:
        return denegar(peticion, error, 404)
    propuesta = proponer(vigente, peticion.GET.dict())
    if propuesta.fallos:
        return _formulario(peticion, nombre, vigente, propuesta, 422)
    datos = {
        "nombre": nombre,
        "propuesta": propuesta,
        "campos": [(p.campo, propuesta.textos[p.lugar]) for p in TODOS],
        "huella": lecturas.huella(vigente),
        "reforzada": reforzada(peticion, con_dinero=propuesta.con_dinero),
    }
    return render(peticion, "dashboard/ajustes_previa.html", datos)


@require_POST
@exige_rol(ADMINISTRAR)
def guardar(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Guarda lo que enseñó la vista previa. Si sube el riesgo, pide confirmar antes quién es."""
    try:
        vigente = lecturas.vigente(nombre, settings.DATOS)
        propuesta = proponer(vigente, peticion.POST.dict())
        if propuesta.fallos:
            return _formulario(peticion, nombre, vigente, propuesta, 422)
        resultado = services.guardar(
            nombre,
            propuesta,
            peticion.POST.get("huella", ""),
            peticion.user.get_username(),
            datos=settings.DATOS,
            ahora=ahora(),
            con_refuerzo=reforzada(peticion, con_dinero=propuesta.con_dinero),
        )
        if resultado.falta_refuerzo:
            exigir(peticion, con_dinero=propuesta.con_dinero)
        _contar(peticion, resultado)
    except ErrorRefuerzo as error:
        return responder(peticion, error)
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    return redirect("panel:ajustes_bot", nombre)


def _contar(peticion: HttpRequest, resultado: Resultado) -> None:
    if resultado.errores:
        messages.error(peticion, "; ".join(resultado.errores.values()))
    elif resultado.guardado:
        messages.success(peticion, _("Guardado."))
    else:
        messages.info(peticion, _("No había nada que cambiar."))


@require_POST
@exige_rol(ADMINISTRAR)
def crear(peticion: HttpRequest) -> HttpResponse:
    """Crea un bot copiando los parámetros de otro; nace SIMULADO."""
    nombre, base = peticion.POST.get("nombre", "").strip(), peticion.POST.get("base", "")
    try:
        services.crear(nombre, base, peticion.user.get_username(), datos=settings.DATOS, ahora=ahora())
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
        return redirect("panel:ajustes")
    messages.success(peticion, _("Creado. Revise sus parámetros antes de arrancarlo."))
    return redirect("panel:ajustes_bot", nombre)


@require_POST
@exige_rol(OPERAR)
def mando(peticion: HttpRequest, nombre: str) -> HttpResponse:
    """Pide arrancar o parar el proceso de un bot. Arrancar pide confirmar quién es; parar, no."""
    orden = peticion.POST.get("orden", "")
    try:
        if orden == "arrancar":
            exigir(peticion)
        services.pedir(nombre, orden, peticion.user.get_username(), datos=settings.DATOS, ahora=ahora())
    except ErrorRefuerzo as error:
        return responder(peticion, error)
    except ErrorTimonel as error:
        messages.error(peticion, str(error))
    else:
        messages.success(peticion, _("Pedido. El supervisor lo cumple en unos segundos."))
    return redirect("panel:ajustes")


def _formulario(
    peticion: HttpRequest, nombre: str, vigente: dict[str, Any], propuesta: Propuesta, estado: int = 200
) -> HttpResponse:
    grupos = [(grupo.nombre, [_fila(p, propuesta) for p in grupo.parametros]) for grupo in GRUPOS]
    sueltos = [texto for lugar, texto in propuesta.fallos.items() if lugar not in {p.lugar for p in TODOS}]
    datos = {
        "nombre": nombre,
        "entorno": vigente.get("entorno", ""),
        "grupos": grupos,
        "sueltos": sueltos,
        "hay_fallos": bool(propuesta.fallos),
        "historia": [_version(nombre, version) for version in lecturas.historia(nombre, settings.DATOS)],
    }
    return render(peticion, "dashboard/ajustes_bot.html", datos, status=estado)


def _fila(parametro: Parametro, propuesta: Propuesta) -> dict[str, Any]:
    defecto = de_serie(parametro.lugar)
    return {
        "campo": parametro.campo,
        "nombre": parametro.nombre,
        "unidad": parametro.unidad,
        "ayuda": parametro.ayuda,
        "opciones": parametro.opciones,
        "valor": propuesta.textos[parametro.lugar],
        "defecto": "" if defecto is None else legible(parametro, defecto),
        "fallo": propuesta.fallos.get(parametro.lugar, ""),
    }


def _version(nombre: str, version: lecturas.Version) -> dict[str, Any]:
    url = ""
    if version.deshacer is not None:
        valores = {p.campo: en_texto(valor_en(version.deshacer, p.lugar)) for p in TODOS}
        url = f"{reverse('panel:ajustes_previa', args=[nombre])}?{urlencode(valores)}"
    return {"version": version, "deshacer": url}
