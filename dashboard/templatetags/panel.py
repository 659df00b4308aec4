"""Las etiquetas y filtros comunes: ``{% load panel %}``.

Filtros: ``dinero``, ``signo``, ``porcentaje``, ``numero``, ``precio``, ``duracion``, ``tono``, ``hora``, ``hace``,
``faltan``, ``iso``. Etiquetas: ``icono``, ``entorno``, ``cifra``, ``vacio``, ``fallo``, ``cargando``, ``resultado``,
``direccion``, ``freno``, ``banda_entorno``, ``menu``.
"""

from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from dashboard.presentacion import formatos, textos
from dashboard.presentacion.menu import entradas

register = template.Library()
_FORMATOS_HORA = {
    "hora": "%H:%M:%S UTC",
    "minuto": "%H:%M UTC",
    "fecha": "%d/%m/%Y",
    "fecha_hora": "%d/%m/%Y %H:%M:%S UTC",
    "dia_hora": "%d/%m %H:%M UTC",
}


def _idioma() -> str:
    return (get_language() or "es")[:2]


@register.filter
def dinero(importe: Any, moneda: str = "") -> str:
    """Devuelve el importe con su moneda: «10.000,00 US$»."""
    return formatos.dinero(importe, moneda or "", _idioma())


@register.filter
def signo(importe: Any, moneda: str = "") -> str:
    """Devuelve el importe con el signo siempre escrito: «+1,25 US$»."""
    return formatos.dinero(importe, moneda or "", _idioma(), con_signo=True)


@register.filter
def porcentaje(valor: Any, decimales: int = 1) -> str:
    """Devuelve un tanto por ciento: «51,3 %»."""
    return formatos.porcentaje(valor, decimales, _idioma())


@register.filter
def porcentaje_con_signo(valor: Any, decimales: int = 1) -> str:
    """Devuelve un tanto por ciento con signo: «−2,7 %»."""
    return formatos.porcentaje(valor, decimales, _idioma(), con_signo=True)


@register.filter
def numero(valor: Any, decimales: int = 0) -> str:
    """Devuelve el número con miles: «12.345»."""
    return formatos.numero(valor, decimales, _idioma())


@register.filter
def precio(valor: Any) -> str:
    """Devuelve un precio con sus decimales: «5.127,42»."""
    return formatos.precio(valor, _idioma())


@register.filter
def duracion(segundos: Any) -> str:
    """Devuelve un rato en palabras cortas: «2 h 05 min»."""
    return formatos.duracion(segundos)


@register.filter
def tono(valor: Any) -> str:
    """Devuelve «sube», «baja» o «igual»: la clase de una cifra con signo."""
    return formatos.tono(valor)


@register.filter
def iso(momento: datetime | str | None) -> str:
    """Devuelve el momento en ISO 8601 con Z, para atributos; vacío si no hay."""
    return formatos.iso(momento) if momento else ""


@register.filter
def unlocalizado(valor: Any) -> str:
    """Devuelve el número con punto decimal, como lo pide un SVG, sea cual sea el idioma."""
    return f"{float(valor):g}"


@register.filter
def por_diez(valor: Any, mas: int = 0) -> str:
    """Devuelve un tanto por ciento en las 1000 unidades de un SVG, con ``mas`` unidades de desplazamiento."""
    return f"{max(0.0, float(valor) * 10 + mas):g}"


@register.filter
def ancho_hasta(desde: Any, hasta: Any) -> str:
    """Devuelve el ancho entre dos tantos por ciento en las 1000 unidades de un SVG."""
    return f"{max(0.0, (float(hasta) - float(desde)) * 10):g}"


@register.filter
def por_cien(valor: Any) -> float | None:
    """Devuelve un tanto por uno como tanto por ciento; None si no hay."""
    return None if valor in (None, "") else float(valor) * 100


@register.filter
def hora(momento: datetime | str | None, formato: str = "hora") -> str | SafeString:
    """Devuelve ``<time>`` con la hora; el navegador la pasa a local y el UTC queda al pasar por encima.

    Formatos: hora, minuto, fecha, fecha_hora, dia_hora.
    """
    if not momento:
        return formatos.NADA
    utc = formatos.a_utc(momento)
    return format_html(
        '<time class="hora" datetime="{}" data-hora="{}" title="{}">{}</time>',
        formatos.iso(utc),
        formato,
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        utc.strftime(_FORMATOS_HORA[formato]),
    )


@register.filter
def hace(momento: datetime | str | None, ahora: datetime | None = None) -> str | SafeString:
    """Devuelve un ``<time>`` que cuenta hacia delante desde ``momento`` («2 h 05 min»), vivo en el navegador."""
    return _contador(momento, ahora, "desde")


@register.filter
def faltan(momento: datetime | str | None, ahora: datetime | None = None) -> str | SafeString:
    """Devuelve un ``<time>`` con la cuenta atrás hasta ``momento`` («23:59:07»), viva en el navegador."""
    return _contador(momento, ahora, "hasta")


def _contador(momento: datetime | str | None, ahora: datetime | None, sentido: str) -> str | SafeString:
    if not momento:
        return formatos.NADA
    utc = formatos.a_utc(momento)
    texto = ""
    if ahora is not None:
        segundos = (ahora - utc).total_seconds() if sentido == "desde" else (utc - ahora).total_seconds()
        texto = formatos.duracion(segundos) if sentido == "desde" else formatos.cuenta_atras(segundos)
    return format_html(
        '<time class="contador" role="timer" aria-live="off" datetime="{}" data-{}="{}" title="{}">{}</time>',
        formatos.iso(utc),
        sentido,
        formatos.iso(utc),
        utc.strftime("%Y-%m-%d %H:%M:%S UTC"),
        texto or utc.strftime("%H:%M:%S UTC"),
    )


@register.inclusion_tag("dashboard/partes/icono.html")
def icono(nombre: str, clase: str = "") -> dict[str, Any]:
    """Pinta un icono del juego propio; decora: el texto de al lado dice lo mismo."""
    return {"nombre": nombre, "clase": clase}


@register.inclusion_tag("dashboard/partes/entorno.html")
def entorno(valor: str) -> dict[str, Any]:
    """Pinta la insignia SIMULADO, PAPEL, DEMO o REAL."""
    return {"entorno": valor, "nombre": textos.nombre_entorno(valor)}


@register.inclusion_tag("dashboard/partes/banda.html", takes_context=True)
def banda_entorno(context: dict[str, Any]) -> dict[str, Any]:
    """Pinta la banda fija del entorno: el de la página (``entorno_pagina``) o los de todos los bots."""
    return {"entornos": [(e, textos.nombre_entorno(e), textos.aviso_entorno(e)) for e in entornos_de(context)]}


def entornos_de(context: dict[str, Any]) -> list[str]:
    """Devuelve los entornos que hay que anunciar, el más serio primero."""
    propios = context.get("entornos_pagina")
    if propios is None:
        from dashboard.pagina.comun.lecturas import entornos_presentes

        propios = entornos_presentes(settings.DATOS)
    if not propios and getattr(settings, "SOLO_SIMULADO", False):
        propios = ["simulado"]
    return sorted(set(propios), key=textos.gravedad_entorno)


@register.inclusion_tag("dashboard/partes/menu.html", takes_context=True)
def menu(context: dict[str, Any]) -> dict[str, Any]:
    """Pinta el menú con la página actual señalada."""
    peticion = context.get("request")
    return {"entradas": entradas(peticion.path if peticion else "/")}


@register.inclusion_tag("dashboard/partes/cifra.html")
def cifra(
    nombre: str, valor: Any, detalle: Any = "", clase: str = "", ayuda: str = "", vivo: str = ""
) -> dict[str, Any]:
    """Pinta una tarjeta de cifra: grupo con nombre accesible estable, valor grande y detalle.

    ``vivo``: nombre del dato que ``vivo.js`` actualiza sin pedir nada (``data-dato``).
    """
    return {"nombre": nombre, "valor": valor, "detalle": detalle, "clase": clase, "ayuda": ayuda, "vivo": vivo}


@register.inclusion_tag("dashboard/partes/vacio.html")
def vacio(titulo: str, frase: str = "", icono: str = "vacio") -> dict[str, Any]:
    """Pinta el estado vacío: qué falta y qué hacer."""
    return {"titulo": titulo, "frase": frase, "icono": icono}


@register.inclusion_tag("dashboard/partes/fallo.html")
def fallo(frase: str, que_hacer: str = "", codigo: str = "") -> dict[str, Any]:
    """Pinta el estado de error: frase, qué hacer y código."""
    return {"frase": frase, "que_hacer": que_hacer, "codigo": codigo}


@register.inclusion_tag("dashboard/partes/cargando.html")
def cargando(frase: str = "") -> dict[str, Any]:
    """Pinta el estado de carga."""
    return {"frase": frase or gettext("Cargando…")}


@register.inclusion_tag("dashboard/partes/resultado.html")
def resultado(valor: str | None) -> dict[str, Any]:
    """Pinta GANADA, PERDIDA, NULA o ABIERTA con su icono."""
    return {"resultado": valor or "abierta", "nombre": textos.nombre_resultado(valor)}


@register.inclusion_tag("dashboard/partes/direccion.html")
def direccion(valor: str) -> dict[str, Any]:
    """Pinta CALL, PUT, BUY o SELL con su flecha."""
    return {"direccion": valor, "sube": valor in ("CALL", "BUY")}


@register.inclusion_tag("dashboard/partes/freno.html")
def freno(valor: str) -> dict[str, Any]:
    """Pinta el freno: ACTIVO, REDUCIENDO o DETENIDO."""
    return {"freno": valor, "nombre": textos.nombre_freno(valor)}
