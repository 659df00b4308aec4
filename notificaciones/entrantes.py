"""Qué pide un mensaje que nos llega, puro: una orden de una lista corta, o ninguna. Ninguna arranca nada."""

import hmac
from enum import StrEnum

from pydantic import SecretStr

PIN_MIN = 4


class Orden(StrEnum):
    """Lo que se puede pedir por WhatsApp."""

    ESTADO = "ESTADO"
    PAUSA = "PAUSA"
    ALTO = "ALTO"
    ACUSE = "ACUSE"
    AYUDA = "AYUDA"


PALABRAS = {
    "ESTADO": Orden.ESTADO,
    "PAUSA": Orden.PAUSA,
    "ALTO": Orden.ALTO,
    "ACUSE": Orden.ACUSE,
    "OK": Orden.ACUSE,
    "AYUDA": Orden.AYUDA,
}
TEXTO_AYUDA = (
    "Timonel entiende: ESTADO (qué hace cada bot), PAUSA (no se abre nada nuevo), ALTO y su PIN (alto total), "
    "OK (recibido: no repetir). Para volver a operar, el panel o la consola: por aquí no se arranca nada."
)


def leer(texto: str) -> tuple[Orden, str]:
    """Devuelve la orden y lo que la acompaña (el PIN). Lo que no se entiende es AYUDA: nunca se adivina."""
    partes = texto.strip().split()
    if not partes:
        return Orden.AYUDA, ""
    orden = PALABRAS.get(partes[0].strip(".,;:!¡").upper())
    resto = partes[1:]
    if orden is None or (orden is Orden.ALTO and len(resto) != 1) or (orden is not Orden.ALTO and resto):
        return Orden.AYUDA, ""
    return orden, resto[0] if resto else ""


def pin_correcto(dado: str, pin: SecretStr) -> bool:
    """Devuelve si el PIN es ese; sin PIN configurado, o demasiado corto, ninguno vale. Tarda siempre lo mismo."""
    bueno = pin.get_secret_value()
    return len(bueno) >= PIN_MIN and hmac.compare_digest(dado.encode(), bueno.encode())
