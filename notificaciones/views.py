"""Lo que Twilio nos manda: cómo va un mensaje y lo que alguien escribe. Sin sesión: la firma es la credencial."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from dominio.errores import ErrorTimonel
from dominio.reloj import RelojSistema
from notificaciones.canales import Hallazgo
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.services.entrantes import Veredicto, recibir
from notificaciones.services.entregas import anotar_entrega

FIRMA = "X-Twilio-Signature"
LARGO_SID = 64
_ESTADOS = {
    Veredicto.ATENDIDO: 200,
    Veredicto.NO_PERMITIDO: 403,
    Veredicto.REPETIDO: 403,
    Veredicto.DEMASIADO: 429,
}
Vista = Callable[[HttpRequest, ConfigAvisos], HttpResponse]
_reloj = RelojSistema()


def firmada(vista: Vista) -> Callable[[HttpRequest], HttpResponse]:
    """Devuelve la vista precedida de la comprobación de la firma sobre la dirección pública exacta: sin ella, 403."""

    @csrf_exempt
    @require_POST
    @wraps(vista)
    def envuelta(peticion: HttpRequest) -> HttpResponse:
        try:
            config = desde_entorno(os.environ)
        except ErrorTimonel:  # una configuración rota no abre la puerta
            return HttpResponse(status=403)
        if not _firma_buena(peticion, config):
            return HttpResponse(status=403)
        return vista(peticion, config)

    return envuelta


def _firma_buena(peticion: HttpRequest, config: ConfigAvisos) -> bool:
    token, firma = config.token.get_secret_value(), peticion.headers.get(FIRMA, "")
    if not (token and config.url_publica and firma):
        return False
    direccion = config.url_publica + peticion.get_full_path()
    return bool(RequestValidator(token).validate(direccion, peticion.POST, firma)) and _de_la_cuenta(peticion, config)


def _de_la_cuenta(peticion: HttpRequest, config: ConfigAvisos) -> bool:
    return bool(peticion.POST.get("AccountSid") == config.cuenta)


@firmada
def estado(peticion: HttpRequest, config: ConfigAvisos) -> HttpResponse:
    """Anota cómo va un mensaje. Repetido, tarde o de un mensaje que no es nuestro: 204 y nada cambia."""
    sid = _campo(peticion, "MessageSid")
    if sid:
        hallado = Hallazgo(sid=sid, estado=_campo(peticion, "MessageStatus"), codigo=_campo(peticion, "ErrorCode"))
        anotar_entrega(peticion.GET.get("ref", "")[:16], hallado, config, ahora=_reloj.ahora())
    return HttpResponse(status=204)


@firmada
def entrante(peticion: HttpRequest, config: ConfigAvisos) -> HttpResponse:
    """Cumple lo que pide un número permitido y contesta en TwiML; si no, 403 o 429 y nada cambia."""
    sid, numero = _campo(peticion, "MessageSid"), _campo(peticion, "From")
    if not sid or not numero.startswith("whatsapp:"):
        return HttpResponse(status=403)
    texto = peticion.POST.get("Body", "")[:200]
    respuesta = recibir(sid, numero.removeprefix("whatsapp:"), texto, config, ahora=_reloj.ahora())
    codigo = _ESTADOS[respuesta.veredicto]
    if codigo != _ESTADOS[Veredicto.ATENDIDO]:
        return HttpResponse(status=codigo)
    twiml: Any = MessagingResponse()
    twiml.message(respuesta.texto)
    return HttpResponse(str(twiml), content_type="application/xml")


def _campo(peticion: HttpRequest, nombre: str) -> str:
    return str(peticion.POST.get(nombre, "")).strip()[:LARGO_SID]
