"""Ancla la auditoría fuera de la base: sin anclas, cortar la cola de la cadena no se notaría."""

import asyncio
from pathlib import Path

from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.auditoria import anclar

FICHERO = "anclas.jsonl"
CADA_S = 600.0


async def anclar_ahora(ejecutor: Ejecutor, datos: Path, reloj: Reloj) -> None:
    """Añade al fichero de anclas la cabeza de cada flujo que haya crecido."""
    await ejecutor(anclar, datos / FICHERO, ahora=reloj.ahora())


async def anclar_siempre(ejecutor: Ejecutor, datos: Path, reloj: Reloj) -> None:
    """Ancla al empezar y cada diez minutos, hasta que se cancela."""
    while True:
        await anclar_ahora(ejecutor, datos, reloj)
        await asyncio.sleep(CADA_S)
