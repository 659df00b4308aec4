"""De los eventos y latidos de la base al texto de ``text/event-stream``, compuesto una vez para todos los clientes."""

import re
from datetime import datetime
from typing import Any

import msgspec

from historial.selectors import Cursor, EventoLeido

RECONECTAR_MS = 1000
VIVO = b": vivo\n\n"
GLOBALES = frozenset({"freno", "mando", "configuracion"})
_ID = re.compile(r"(\d{1,19})-(\d{1,19})")
_MAXIMO = 2**63 - 1
_codificar = msgspec.json.Encoder(enc_hook=str).encode


class Mensaje(msgspec.Struct, frozen=True, gc=False):
    """Un evento listo para enviar, con el cursor que lo deja atrás."""

    cursor: Cursor
    bot: str
    texto: bytes


class Pulso(msgspec.Struct, frozen=True, gc=False):
    """El último latido de un bot en una cuenta, listo para enviar."""

    clave: tuple[str, str, str]
    en: datetime
    texto: bytes


def leer_id(texto: str) -> Cursor | None:
    """Devuelve el cursor escrito como «tx-id», o None si no tiene esa forma."""
    partes = _ID.fullmatch(texto.strip())
    if partes is None:
        return None
    tx, ident = (int(parte) for parte in partes.groups())
    return Cursor(tx, ident) if max(tx, ident) <= _MAXIMO else None


def escribir_id(cursor: Cursor) -> str:
    """Devuelve el cursor como «tx-id», la forma de ``Last-Event-ID``."""
    return f"{cursor.tx}-{cursor.id}"


def de_evento(evento: EventoLeido) -> Mensaje:
    """Devuelve el mensaje de un evento."""
    cuerpo = {"flujo": evento.flujo, "tipo": evento.tipo, "datos": evento.datos, "en": evento.en}
    texto = _bloque(evento.tipo, cuerpo, escribir_id(evento.cursor))
    return Mensaje(evento.cursor, _de_quien(evento), texto)


def de_latido(clave: tuple[str, str, str], en: datetime, datos: dict[str, Any]) -> Pulso:
    """Devuelve el pulso de un latido. ``clave``: bot, sede y cuenta. No lleva ``id``: no se reanuda, se sustituye."""
    bot, sede, cuenta = clave
    cuerpo = {"flujo": bot, "tipo": "latido", "datos": {**datos, "sede": sede, "cuenta": cuenta}, "en": en}
    return Pulso(clave, en, _bloque("latido", cuerpo))


def de_control(tipo: str, motivo: str, en: datetime, cursor: Cursor | None = None) -> bytes:
    """Devuelve un aviso del propio flujo: «recargar» (hay un hueco que no se puede reponer) o «fin»."""
    cuerpo = {"flujo": "", "tipo": tipo, "datos": {"motivo": motivo}, "en": en}
    return _bloque(tipo, cuerpo, escribir_id(cursor) if cursor is not None else None)


def saludo() -> bytes:
    """Devuelve lo primero que se envía: cuánto esperar antes de volver si se corta."""
    return f"retry: {RECONECTAR_MS}\n\n".encode()


def marca(cursor: Cursor) -> bytes:
    """Devuelve un ``id`` sin datos: el navegador lo recuerda para reanudar y no dispara ningún evento."""
    return f"id: {escribir_id(cursor)}\n\n".encode()


def _bloque(tipo: str, cuerpo: dict[str, Any], ident: str | None = None) -> bytes:
    cabeza = f"id: {ident}\n" if ident is not None else ""
    nombre = tipo.replace("\n", " ").replace("\r", " ")
    return f"{cabeza}event: {nombre}\ndata: ".encode() + _codificar(cuerpo) + b"\n\n"


def _de_quien(evento: EventoLeido) -> str:
    """Devuelve el bot al que toca el evento; vacío si toca a todos."""
    if evento.flujo not in GLOBALES:
        return evento.flujo
    datos = evento.datos if isinstance(evento.datos, dict) else {}
    if evento.flujo == "freno" and datos.get("ambito") == "bot":
        return str(datos.get("clave", ""))
    clave = str(datos.get("clave", ""))
    return clave.removeprefix("bot.") if evento.flujo == "configuracion" and clave.startswith("bot.") else ""
