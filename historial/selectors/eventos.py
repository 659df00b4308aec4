"""Lectura de los eventos sin perder ninguno, aunque haya varios escritores a la vez."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from historial.models import Evento


class Cursor(NamedTuple):
    """Hasta dónde se leyó. ``tx`` es la transacción en PostgreSQL y 0 en SQLite."""

    tx: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.tx}:{self.id}"

    @classmethod
    def leer(cls, texto: str) -> "Cursor":
        """Devuelve el cursor escrito como «tx:id»; lo que no se entiende es el principio."""
        tx, _, ident = texto.partition(":")
        return cls(int(tx), int(ident)) if tx.isdecimal() and ident.isdecimal() else cls()


class EventoLeido(NamedTuple):
    """Un evento con el cursor que lo deja atrás."""

    cursor: Cursor
    flujo: str
    tipo: str
    datos: Any
    en: datetime


# Solo lo de transacciones anteriores a la más antigua en curso: detrás de eso ya no puede aparecer nada.
_DESDE_POSTGRES = (
    "SELECT tx::text::bigint AS tx, id, flujo, tipo, datos, en FROM eventos"
    " WHERE (tx, id) > (%s::text::xid8, %s) AND tx < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY eventos.tx, eventos.id LIMIT %s"
)
# SQLite tiene un solo escritor: los identificadores se confirman en orden.
_DESDE_SQLITE = "SELECT 0 AS tx, id, flujo, tipo, datos, en FROM eventos WHERE %s = 0 AND id > %s ORDER BY id LIMIT %s"
_ULTIMO_POSTGRES = (
    "SELECT tx::text::bigint, id FROM eventos WHERE tx < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY eventos.tx DESC, eventos.id DESC LIMIT 1"
)


def eventos_desde(cursor: Cursor = Cursor(), limite: int = 500) -> list[EventoLeido]:  # noqa: B008 - es inmutable
    """Devuelve los eventos posteriores al cursor, en orden, sin perder ni repetir ninguno.

    En PostgreSQL lo nuevo se ve cuando acaban las transacciones que empezaron a escribir antes, también las de otras
    bases del mismo servidor: una que se quede abierta retrasa el flujo, pero nunca lo agujerea.
    """
    postgres = connection.vendor == "postgresql"
    filas = Evento.objects.raw(_DESDE_POSTGRES if postgres else _DESDE_SQLITE, (cursor.tx, cursor.id, limite))
    return [EventoLeido(Cursor(f.tx, f.pk), f.flujo, f.tipo, f.datos, f.en) for f in filas]


def ultimo_cursor() -> Cursor:
    """Devuelve el cursor del último evento visible: para seguir solo lo nuevo."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_ULTIMO_POSTGRES)
            fila = cursor.fetchone()
            return Cursor(*fila) if fila else Cursor()
    ultimo = Evento.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Cursor(0, ultimo or 0)
