"""Cumple lo que piden por WhatsApp quienes pueden: mirar, pausar, parar y acusar. Cada mensaje, una sola vez.

El mensaje y lo que hace se confirman juntos: si algo falla a medias no queda nada y la repetición de Twilio lo cumple.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from django.db import transaction
from django.db.models import F

from dominio.freno import Freno
from dominio.freno import leer as leer_freno
from historial.models import EstadoFreno
from historial.services import fijar_freno, pedir_mando
from historial.services.escritura import insertar
from notificaciones import contenidos, selectors
from notificaciones.config import ConfigAvisos
from notificaciones.contenidos import Marco
from notificaciones.entrantes import TEXTO_AYUDA, Orden, leer, pin_correcto
from notificaciones.models import LimiteEntrante, MensajeEntrante
from notificaciones.services.bandeja import acusar_todo, encolar_avisos

POR_MINUTO = 10
FALLOS_PIN = 5
VENTANA_PIN_S = 900
MINUTO_S = 60
DESCONOCIDO = "desconocido"


class Veredicto(StrEnum):
    """Qué se contesta a la petición."""

    ATENDIDO = "atendido"
    NO_PERMITIDO = "no_permitido"
    REPETIDO = "repetido"
    DEMASIADO = "demasiado"


class Respuesta(msgspec.Struct, frozen=True):
    """El veredicto y, si se atendió, el texto que se devuelve a quien escribió."""

    veredicto: Veredicto
    texto: str = ""


def recibir(message_sid: str, numero: str, texto: str, config: ConfigAvisos, *, ahora: datetime) -> Respuesta:
    """Cumple un mensaje con firma ya comprobada y devuelve qué contestar.

    Un número que no está permitido, un mensaje ya recibido o demasiados en un minuto no hacen nada.
    """
    quien = config.permitido(numero)
    if not usar(f"minuto:{quien or DESCONOCIDO}", POR_MINUTO, MINUTO_S, ahora):
        return Respuesta(Veredicto.DEMASIADO)
    orden, pin = leer(texto)
    with transaction.atomic():
        nuevo = insertar(
            MensajeEntrante,
            si_no_existe=("message_sid",),
            message_sid=message_sid,
            remitente=quien or DESCONOCIDO,
            orden=orden if quien else "",
            resultado=Veredicto.ATENDIDO if quien else Veredicto.NO_PERMITIDO,
            recibido_en=ahora,
        )
        if not nuevo:
            return Respuesta(Veredicto.REPETIDO)
        if quien is None:
            return Respuesta(Veredicto.NO_PERMITIDO)
        # El intento se gasta antes de mirar el PIN: muchos a la vez no prueban más de los que caben.
        if orden is Orden.ALTO and not usar(f"pin:{quien}", FALLOS_PIN, VENTANA_PIN_S, ahora):
            return Respuesta(Veredicto.DEMASIADO)
        return Respuesta(Veredicto.ATENDIDO, _cumplir(orden, pin, quien, message_sid, config, ahora))


def usar(clave: str, maximo: int, ventana_s: int, ahora: datetime) -> bool:
    """Gasta un uso de una ventana de tiempo y devuelve si quedaba. Lo cuenta la base: vale para todos los procesos."""
    ventana = int(ahora.timestamp()) // ventana_s
    with transaction.atomic():
        if insertar(LimiteEntrante, si_no_existe=("clave", "ventana"), clave=clave, ventana=ventana):
            LimiteEntrante.objects.filter(clave=clave, ventana__lt=ventana - 1).delete()
        en_esta = LimiteEntrante.objects.filter(clave=clave, ventana=ventana, cuenta__lt=maximo)
        return en_esta.update(cuenta=F("cuenta") + 1) == 1


def _cumplir(orden: Orden, pin: str, quien: str, message_sid: str, config: ConfigAvisos, ahora: datetime) -> str:
    actor = f"whatsapp:{quien}"
    match orden:
        case Orden.ESTADO:
            return selectors.estado_en_palabras(ahora)
        case Orden.PAUSA:
            return _pausar(actor, ahora)
        case Orden.ALTO:
            if not pin_correcto(pin, config.pin):
                return _pin_malo(quien, message_sid, config, ahora)
            LimiteEntrante.objects.filter(clave=f"pin:{quien}").delete()
            fijar_freno("global", "", Freno.DETENIDO, "ALTO por WhatsApp", actor, ahora=ahora)
            argumentos = {"ambito": "global", "clave": ""}
            pedir_mando("", "alto", argumentos, actor, f"whatsapp:{message_sid}"[:96], ahora=ahora)
            return "ALTO puesto: no se abre nada y se cancela lo que esperaba. Para reanudar, el panel o la consola."
        case Orden.ACUSE:
            acusadas = acusar_todo(actor, ahora=ahora)
            return "Recibido: no se repite más." if acusadas else "No había nada esperando acuse."
        case _:
            return TEXTO_AYUDA


def _pausar(actor: str, ahora: datetime) -> str:
    """Pone REDUCIENDO si no hay ya algo más estricto: desde aquí el freno solo se aprieta."""
    fila = EstadoFreno.objects.select_for_update().filter(ambito="global", clave="").first()
    if leer_freno(fila.estado if fila else None) is Freno.DETENIDO:
        return "Ya hay un ALTO puesto, que es más estricto: no se cambia."
    fijar_freno("global", "", Freno.REDUCIENDO, "PAUSA por WhatsApp", actor, ahora=ahora)
    return "PAUSA puesta: no se abre nada nuevo; lo abierto sigue su curso. Para reanudar, el panel o la consola."


def _pin_malo(quien: str, message_sid: str, config: ConfigAvisos, ahora: datetime) -> str:
    """Dice que no; con el último intento avisa además a todos, porque deja de atender un rato."""
    ventana = int(ahora.timestamp()) // VENTANA_PIN_S
    if not LimiteEntrante.objects.filter(clave=f"pin:{quien}", ventana=ventana, cuenta__gte=FALLOS_PIN).exists():
        return "PIN incorrecto: no se hizo nada."
    marco = Marco(bot="", entorno="", clave=f"seguridad:{message_sid}", en=ahora, zona=config.zona)
    que = f"{FALLOS_PIN} intentos de ALTO con un PIN que no es, desde {quien}."
    encolar_avisos([contenidos.seguridad(marco, que)], config, ahora=ahora)
    return "PIN incorrecto demasiadas veces: no se atiende ALTO por aquí durante un rato. Use el panel o la consola."
