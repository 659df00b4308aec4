"""Lo que es un canal: enviar una vez y, si sabe, buscar lo enviado y preguntar por su entrega. Un fichero cada uno."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Reaccion(StrEnum):
    """Qué se hace ante lo que respondió el canal. La decide el código, nunca el texto."""

    PARAR = "parar"  # la cuenta no vale: se para el canal y se avisa por el otro
    RETROCEDER = "retroceder"  # vamos demasiado deprisa: más tarde, lo mismo
    REINTENTAR = "reintentar"  # no llegó a salir: otra vez
    PLANTILLA = "plantilla"  # fuera de la ventana de 24 horas: la misma noticia, por plantilla
    CONFIGURACION = "configuracion"  # lo arregla una persona; insistir no sirve
    DESTINATARIO = "destinatario"  # ese destinatario no la puede recibir; los demás, sí
    BUSCAR = "buscar"  # no se sabe si salió: buscar antes de nada


class Mensaje(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que se pide a un canal. ``sids_fallidos``: intentos anteriores que ya se sabe que no llegaron.

    ``empezar_antes_de``: pasada esa marca del reloj monótono, no se envía."""

    destino: str
    marca: str
    tipo: str
    urgente: bool
    cuerpo: str
    variables: dict[str, str]
    por_plantilla: bool = False
    sids_fallidos: tuple[str, ...] = ()
    empezar_antes_de: float | None = None


class Envio(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que fue de un envío: aceptado con su ``sid``, o qué hacer. ``esperar_s``: lo que pidió el otro lado."""

    aceptado: bool
    sid: str = ""
    plantilla: str = ""
    reaccion: Reaccion | None = None
    codigo: str = ""
    esperar_s: float | None = None


class Hallazgo(msgspec.Struct, frozen=True, kw_only=True):
    """Un mensaje que la cuenta sí tiene: su ``sid``, en qué estado va (como lo llama el canal) y su error."""

    sid: str
    estado: str
    codigo: str = ""


class CanalCaido(Exception):
    """No se pudo preguntar al canal: nada se sabe y se pregunta más tarde."""

    def __init__(self, codigo: str) -> None:
        super().__init__(codigo)
        self.codigo = codigo


class TardeParaEnviar(Exception):
    """El reclamo es demasiado viejo: no se escribió ni un octeto."""


class Canal(Protocol):
    """Un camino hacia las personas. ``sabe_buscar``: si se le puede preguntar por lo enviado."""

    nombre: str
    sabe_buscar: bool

    def enviar(self, mensaje: Mensaje) -> Envio:
        """Envía una vez, sin reintentos. Nunca lanza por lo que diga el otro lado: lo devuelve clasificado.

        Raises:
            TardeParaEnviar: si venció ``empezar_antes_de`` antes de escribir.
        """
        ...

    def buscar(self, mensaje: Mensaje, desde: datetime) -> Hallazgo | None:
        """Devuelve el mensaje con esa marca enviado desde esa hora, o None. Raises CanalCaido."""
        ...

    def consultar(self, sid: str) -> Hallazgo | None:
        """Devuelve cómo va un mensaje aceptado, o None si ya no está. Raises CanalCaido."""
        ...


Canales = Callable[[], "dict[str, Canal]"]
