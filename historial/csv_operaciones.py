"""Exporta operaciones a CSV: por partes (memoria constante), con números de verdad y a salvo de fórmulas.

Una hoja de cálculo ejecuta el texto que empieza por ``= + - @``, tabulador o retorno: a ese texto se le antepone un
apóstrofo (OWASP, «CSV injection»). Solo al texto: los números van como números, o toda pérdida llevaría comillas.
"""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import msgspec
from django.db import connection

from dominio.errores import ErrorServicio
from historial.csv_copia import copiar
from historial.selectors.operaciones import Filtro, filtradas

_PELIGROSOS = ("=", "+", "-", "@", "\t", "\r", "\n")
# Primero lo que pide la especificación 000; después, el resto.
COLUMNAS: tuple[tuple[str, str], ...] = (
    ("activo", "activo"),
    ("direccion", "direccion"),
    ("precio_entrada", "precio_entrada"),
    ("monto", "monto"),
    ("confianza_pct", "confianza_pct"),
    ("resultado", "resultado"),
    ("numero_contrato", "numero_contrato"),
    ("hora_inicio", "hora_inicio"),
    ("hora_fin", "hora_fin"),
    ("ficticia", "ficticia"),
    ("bot", "bot"),
    ("sede", "sede"),
    ("cuenta", "cuenta"),
    ("entorno", "entorno"),
    ("nombre_activo", "nombre_activo"),
    ("tipo_orden", "tipo_orden"),
    ("estado", "estado"),
    ("moneda", "moneda"),
    ("pago", "pago"),
    ("cobrado", "cobrado"),
    ("beneficio", "beneficio"),
    ("precio_salida", "precio_salida"),
    ("liquidada_en", "liquidada_en"),
    ("id_cliente", "id_cliente"),
    ("estado_orden", "orden__estado"),
    ("magic_number", "magic_number"),
    ("bot_id", "bot_id"),
    ("ia_id", "ia_id"),
    ("precio_sugerido", "precio_sugerido"),
    ("stop_loss", "stop_loss"),
    ("take_profit", "take_profit"),
    ("lote", "lote"),
    ("riesgo_porcentaje", "riesgo_porcentaje"),
    ("conversation_id", "conversation_id"),
)
NOMBRES = [nombre for nombre, _ in COLUMNAS]
FILAS_POR_TROZO = 1000


class Exportacion(msgspec.Struct, frozen=True):
    """Lo exportado: cuántas filas y qué columnas."""

    filas: int
    columnas: list[str]


def celda(valor: Any) -> str:
    """Devuelve el valor como va en el CSV: vacío si no hay, números sin ceros de relleno, horas ISO 8601 en UTC."""
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "1" if valor else "0"
    if isinstance(valor, Decimal):
        return f"{valor.normalize():f}" if valor else "0"
    if isinstance(valor, int | float):
        return repr(valor).removesuffix(".0")
    if isinstance(valor, datetime):
        return valor.astimezone(UTC).isoformat().replace("+00:00", "Z")
    texto = str(valor)
    return "'" + texto if texto.startswith(_PELIGROSOS) else texto


def filas_csv(filtro: Filtro) -> Iterator[list[str]]:
    """Devuelve las filas de una en una, de la más antigua a la más nueva, sin la cabecera."""
    consulta = filtradas(filtro).order_by("hora_inicio", "pk").values_list(*(campo for _, campo in COLUMNAS))
    for fila in consulta.iterator(chunk_size=2000):
        yield [celda(valor) for valor in fila]


def trozos_csv(filtro: Filtro) -> Iterator[bytes]:
    """Da el CSV entero, con cabecera, por trozos y con memoria constante: para descargas.

    En PostgreSQL lo escribe el servidor (``csv_copia``); en SQLite, fila a fila. Son las filas de un mismo instante.
    """
    yield _lineas([NOMBRES])
    if connection.vendor == "postgresql":
        consulta = filtradas(filtro).order_by("hora_inicio", "pk").values_list(*(campo for _, campo in COLUMNAS))
        yield from copiar(consulta, COLUMNAS)
        return
    filas = filas_csv(filtro)
    while lote := list(islice(filas, FILAS_POR_TROZO)):
        yield _lineas(lote)


def _lineas(filas: list[list[str]]) -> bytes:
    hueco = io.StringIO()
    csv.writer(hueco).writerows(filas)
    return hueco.getvalue().encode()


def exportar(
    filtro: Filtro, salida: Path | None = None, al_avanzar: Callable[[int], None] = lambda _filas: None
) -> Exportacion:
    """Escribe el CSV y devuelve cuántas filas y qué columnas.

    ``salida``: fichero, que aparece entero o no aparece; None escribe en la salida estándar. Las filas son las de
    un mismo instante. ``al_avanzar`` recibe las filas escritas cada 2000.

    Raises:
        ErrorServicio: EXP-01 si no se puede escribir.
    """
    try:
        if salida is None:
            return _volcar(filtro, sys.stdout, al_avanzar)
        return _volcar_fichero(filtro, salida, al_avanzar)
    except OSError as fallo:
        raise ErrorServicio(
            "EXP-01", f"No se puede escribir {salida or 'en la salida'}.", "Revise la carpeta y sus permisos."
        ) from fallo


def _volcar_fichero(filtro: Filtro, salida: Path, al_avanzar: Callable[[int], None]) -> Exportacion:
    provisional = salida.with_name(f".{salida.name}.{os.getpid()}.parcial")
    try:
        with provisional.open("w", encoding="utf-8", newline="") as fichero:
            exportacion = _volcar(filtro, fichero, al_avanzar)
            fichero.flush()
            os.fsync(fichero.fileno())
        provisional.replace(salida)
    finally:
        provisional.unlink(missing_ok=True)
    return exportacion


def _volcar(filtro: Filtro, destino: TextIO, al_avanzar: Callable[[int], None]) -> Exportacion:
    escritor = csv.writer(destino)  # con el fin de línea del RFC 4180 entrecomilla también los retornos del texto
    escritor.writerow(NOMBRES)
    escritas = 0
    # Sin transacción: en SQLite impediría escribir a los bots mientras dura; una sola consulta ya es un solo instante.
    for fila in filas_csv(filtro):
        escritor.writerow(fila)
        escritas += 1
        if escritas % 2000 == 0:
            al_avanzar(escritas)
    return Exportacion(escritas, list(NOMBRES))


__all__ = ["COLUMNAS", "NOMBRES", "Exportacion", "Filtro", "celda", "exportar", "filas_csv", "trozos_csv"]
