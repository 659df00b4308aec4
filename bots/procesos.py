"""Qué procesos operan: un fichero con su número por bot. Sin Django: lo lee también el alto de emergencia."""

import os
from contextlib import suppress
from pathlib import Path

CARPETA = "procesos"


def escribir_pid(datos: Path, bot: str) -> Path:
    """Anota que este proceso opera el bot y devuelve el fichero."""
    ruta = datos / CARPETA / f"{bot}.pid"
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(f"{os.getpid()}\n", encoding="ascii")
    return ruta


def borrar_pid(datos: Path, bot: str) -> None:
    """Quita el fichero, si sigue siendo de este proceso."""
    if leer_pids(datos).get(bot) == os.getpid():
        (datos / CARPETA / f"{bot}.pid").unlink(missing_ok=True)


def leer_pids(datos: Path) -> dict[str, int]:
    """Devuelve el proceso de cada bot; un fichero ilegible se ignora."""
    pids: dict[str, int] = {}
    for ruta in sorted((datos / CARPETA).glob("*.pid")):
        with suppress(OSError, ValueError):
            pids[ruta.stem] = int(ruta.read_text(encoding="ascii"))
    return pids
