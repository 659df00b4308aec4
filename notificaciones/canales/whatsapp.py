"""WhatsApp por Twilio, con su SDK: un envío, sin reintentos, con plazo. Lo demás lo decide quien despacha."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from dominio.reloj import Reloj
from notificaciones.canales import CanalCaido, Envio, Hallazgo, Mensaje, Reaccion
from notificaciones.canales.transporte import Transporte
from notificaciones.config import WHATSAPP, ConfigAvisos
from notificaciones.errores_twilio import reaccion

PAGINA = 200
FALLIDOS = ("failed", "undelivered", "canceled")


class CanalWhatsApp:
    """El canal. Uno por hilo: la sesión HTTP no se comparte."""

    nombre = WHATSAPP
    sabe_buscar = True

    def __init__(self, config: ConfigAvisos, reloj: Reloj) -> None:
        secreto = config.secreto_api if config.clave_api else config.token
        usuario = config.clave_api or config.cuenta
        self._config = config
        self._http = Transporte(config.url, config.plazo_s, reloj, directo=config.es_laboratorio)
        self._cliente = Client(usuario, secreto.get_secret_value(), config.cuenta, http_client=self._http)

    def enviar(self, mensaje: Mensaje) -> Envio:
        numero = self._config.numero(mensaje.destino)
        if numero is None:
            return Envio(aceptado=False, reaccion=Reaccion.CONFIGURACION, codigo="SIN-DESTINO")
        plantilla = self._config.plantilla(mensaje.tipo, forzada=mensaje.por_plantilla)
        campos: dict[str, Any] = {"from_": f"whatsapp:{self._config.remitente}", "to": f"whatsapp:{numero}"}
        if plantilla:
            variables = json.dumps(mensaje.variables, ensure_ascii=False)
            campos |= {"content_sid": plantilla, "content_variables": variables}
        else:
            campos["body"] = mensaje.cuerpo
        if self._config.url_publica:
            campos["status_callback"] = f"{self._config.url_publica}/avisos/twilio/estado/?ref={mensaje.marca}"
        self._http.empezar_antes_de = mensaje.empezar_antes_de
        try:
            creado = self._cliente.messages.create(**campos)
        except (TwilioException, requests.RequestException, ValueError) as fallo:
            return _clasificar(fallo)
        finally:
            self._http.empezar_antes_de = None
        return Envio(aceptado=True, sid=creado.sid or "", plantilla=plantilla)

    def buscar(self, mensaje: Mensaje, desde: datetime) -> Hallazgo | None:
        numero = self._config.numero(mensaje.destino)
        return None if numero is None else _preguntando(lambda: self._recorrer(f"whatsapp:{numero}", mensaje, desde))

    def _recorrer(self, numero: str, mensaje: Mensaje, desde: datetime) -> Hallazgo | None:
        """Devuelve el que lleva la marca; va de lo más nuevo a lo más viejo y para tras una página entera anterior."""
        fallido, viejos = None, 0
        for uno in self._cliente.messages.stream(to=numero, page_size=PAGINA):
            if mensaje.marca in (uno.body or "") and uno.sid not in mensaje.sids_fallidos:
                if uno.status not in FALLIDOS:
                    return _hallazgo(uno)
                fallido = fallido or _hallazgo(uno)
            viejos = viejos + 1 if uno.date_created is not None and uno.date_created < desde else 0
            if viejos >= PAGINA:
                break
        return fallido

    def consultar(self, sid: str) -> Hallazgo | None:
        return _preguntando(lambda: _hallazgo(self._cliente.messages(sid).fetch()))


def _hallazgo(uno: Any) -> Hallazgo:
    return Hallazgo(sid=uno.sid, estado=str(uno.status), codigo=str(uno.error_code or ""))


def _preguntando(pregunta: Callable[[], Hallazgo | None]) -> Hallazgo | None:
    try:
        return pregunta()
    except (TwilioException, requests.RequestException, ValueError) as fallo:
        raise CanalCaido(_clasificar(fallo).codigo) from None


def _clasificar(fallo: Exception) -> Envio:
    """Devuelve qué hacer: por el código si lo hay; si no llegó a abrirse la conexión, otra vez; si no, buscar."""
    codigo, estado = getattr(fallo, "code", None), getattr(fallo, "status", None)
    if isinstance(fallo, TwilioException) and isinstance(estado, int):
        return Envio(aceptado=False, reaccion=reaccion(codigo, estado), codigo=str(codigo or estado))
    causa = getattr(fallo.args[0], "reason", None) if fallo.args else None
    if isinstance(fallo, requests.ConnectTimeout) or isinstance(causa, NewConnectionError):
        return Envio(aceptado=False, reaccion=Reaccion.REINTENTAR, codigo="SIN-CONEXION")
    plazo = isinstance(fallo, requests.Timeout)
    return Envio(aceptado=False, reaccion=Reaccion.BUSCAR, codigo="PLAZO" if plazo else "CORTE")
