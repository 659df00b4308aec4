"""La bandeja por sucesos y lo que está configurado. De los números de teléfono, solo cuántos hay."""

import os
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Max
from django.utils.translation import gettext as _

from dashboard.pagina.avisos import palabras
from dominio.errores import ErrorConfiguracion
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.models import Aviso, CanalAvisos, MensajeEntrante

CUANTOS = 25
_FILTROS: dict[str, dict[str, Any]] = {
    "": {},
    "acusar": {"repetir_hasta_acuse": True, "acuse_en__isnull": True},
    "fallos": {"estado__in": ("fallido", "desconocido")},
    "cola": {"estado__in": ("pendiente", "enviando")},
}


class Envio(msgspec.Struct, frozen=True):
    """Un mensaje a un destinatario: cómo va, en palabras."""

    destinatario: str
    canal: str
    tono: str
    estado: str
    intentos: int
    codigo: str
    error: str
    en: datetime
    acuse: str
    acuse_en: datetime | None


class Noticia(msgspec.Struct, frozen=True):
    """Un suceso avisado y los mensajes que produjo."""

    clave: str
    cabecera: str
    que_paso: str
    hecho: str
    se_espera: str
    tono: str
    urgencia: str
    en: datetime
    pide_acuse: bool
    envios: list[Envio]


class Bandeja(msgspec.Struct, frozen=True):
    """Unas noticias, la más nueva primero, y el cursor de las siguientes."""

    noticias: list[Noticia]
    despues: int | None


def bandeja(filtro: str = "", despues: int | None = None, cuantos: int = CUANTOS) -> Bandeja:
    """Devuelve una página de la bandeja. ``filtro``: vacío, «acusar», «fallos» o «cola»."""
    ultimas = Aviso.objects.filter(**_FILTROS.get(filtro, {})).values("clave").annotate(ultima=Max("pk"))
    if despues is not None:
        ultimas = ultimas.filter(ultima__lt=despues)
    pagina = list(ultimas.order_by("-ultima")[: cuantos + 1])
    hay_mas, pagina = len(pagina) > cuantos, pagina[:cuantos]
    por_clave: dict[str, list[Aviso]] = {fila["clave"]: [] for fila in pagina}
    for aviso in Aviso.objects.filter(clave__in=por_clave).order_by("canal", "destino", "repeticion"):
        por_clave[aviso.clave].append(aviso)
    return Bandeja(
        noticias=[_noticia(avisos) for avisos in por_clave.values()],
        despues=pagina[-1]["ultima"] if hay_mas else None,
    )


def _noticia(avisos: list[Aviso]) -> Noticia:
    primero = min(avisos, key=lambda aviso: aviso.pk)
    partes = primero.variables if isinstance(primero.variables, dict) else {}
    tono, urgencia = palabras.URGENCIAS.get(primero.urgencia, ("", primero.urgencia))
    return Noticia(
        clave=primero.clave,
        cabecera=str(partes.get("1") or primero.bot),
        que_paso=str(partes.get("2") or primero.cuerpo),
        hecho=str(partes.get("3") or ""),
        se_espera=str(partes.get("4") or ""),
        tono=tono,
        urgencia=str(urgencia),
        en=primero.ocurrido_en,
        pide_acuse=any(aviso.repetir_hasta_acuse and aviso.acuse_en is None for aviso in avisos),
        envios=[_envio(aviso) for aviso in avisos],
    )


def _envio(aviso: Aviso) -> Envio:
    tono, estado = palabras.ESTADOS.get(aviso.estado, ("", aviso.estado))
    return Envio(
        destinatario=palabras.destinatario(aviso.destino),
        canal=str(palabras.CANALES.get(aviso.canal, aviso.canal)),
        tono=tono,
        estado=str(estado),
        intentos=aviso.intentos,
        codigo=aviso.codigo_error,
        error=palabras.error_en_palabras(aviso.codigo_error),
        en=aviso.enviado_en or aviso.proximo_en,
        acuse=palabras.destinatario(aviso.acuse_por) if aviso.acuse_en else "",
        acuse_en=aviso.acuse_en,
    )


def configuracion() -> tuple[ConfigAvisos | None, str]:
    """Devuelve la configuración de los avisos, o por qué no se entiende."""
    try:
        return desde_entorno(os.environ), ""
    except ErrorConfiguracion as error:
        return None, str(error)


def comprobaciones(config: ConfigAvisos) -> list[tuple[str, str, str]]:
    """Devuelve (estado, frase, variable) de cada cosa configurable: «bien», «mal» si hace falta, «falta» si ayuda."""
    secreto = config.secreto_api if config.clave_api else config.token
    necesarias = [
        (bool(config.cuenta), _("Cuenta de Twilio"), "TIMONEL_TWILIO_CUENTA"),
        (bool(secreto.get_secret_value()), _("Clave de Twilio"), "TIMONEL_TWILIO_TOKEN"),
        (bool(config.remitente), _("Número que envía"), "TIMONEL_TWILIO_REMITENTE"),
        (bool(config.destinos), _destinos(len(config.destinos)), "TIMONEL_WHATSAPP_DESTINOS"),
    ]
    opcionales = [
        (bool(config.plantillas), _("Plantillas aprobadas, para avisar pasadas 24 horas sin conversación"),
         "TIMONEL_TWILIO_PLANTILLA_GENERAL"),
        (bool(config.url_publica), _("Dirección pública, para saber si cada uno llegó"), "TIMONEL_URL_PUBLICA"),
        (bool(config.apprise_urls), _("Segundo canal, por si WhatsApp falla"), "TIMONEL_APPRISE_URLS"),
        (bool(config.permitidos), _("Números que pueden pedir ESTADO, PAUSA y ALTO"), "TIMONEL_WHATSAPP_PERMITIDOS"),
        (bool(config.pin.get_secret_value()), _("PIN de la orden ALTO"), "TIMONEL_WHATSAPP_PIN"),
        (config.tranquilas is not None, _("Horas tranquilas"), "TIMONEL_HORAS_TRANQUILAS"),
    ]  # fmt: skip
    lista = [("bien" if hay else "mal", frase, variable) for hay, frase, variable in necesarias]
    return lista + [("bien" if hay else "falta", frase, variable) for hay, frase, variable in opcionales]


def _destinos(cuantos: int) -> str:
    return _("Destinatarios: %(n)s") % {"n": cuantos}


def canales_parados(ahora: datetime) -> list[dict[str, Any]]:
    """Devuelve los canales que ahora no envían, hasta cuándo y por qué."""
    filas = CanalAvisos.objects.filter(parado_hasta__gt=ahora)
    return [
        {
            "nombre": str(palabras.CANALES.get(fila.canal, fila.canal)),
            "hasta": fila.parado_hasta,
            "error": palabras.error_en_palabras(fila.codigo_error),
        }
        for fila in filas
    ]


def entrantes(cuantos: int = 5) -> list[MensajeEntrante]:
    """Devuelve las últimas órdenes recibidas por WhatsApp."""
    return list(MensajeEntrante.objects.order_by("-recibido_en")[:cuantos])
