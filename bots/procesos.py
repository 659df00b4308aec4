"""Qué procesos operan: un fichero con su número por bot. Sin Django: lo lee también el alto de emergencia.

El fichero guarda además cuándo empezó el proceso: el sistema reutiliza los números, y una señal al proceso equivocado
lo mataría.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from core.procesos import CARPETA, inicio_de, leer_pids

__all__ = ["CARPETA", "borrar_pid", "detener_procesos", "escribir_pid", "inicio_de", "leer_pids", "soltar_procesos"]


def escribir_pid(datos: Path, bot: str) -> Path:
    """Anota que este proceso opera el bot y devuelve el fichero."""
    ruta = datos / CARPETA / f"{bot}.pid"
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(f"{os.getpid()} {inicio_de(os.getpid())}\n", encoding="ascii")
    return ruta


def borrar_pid(datos: Path, bot: str) -> None:
    """Quita el fichero, si sigue siendo de este proceso."""
    if leer_pids(datos).get(bot) == os.getpid():
        (datos / CARPETA / f"{bot}.pid").unlink(missing_ok=True)


def detener_procesos(datos: Path, bot: str | None = None) -> list[str]:
    """Manda SIGUSR1 (alto inmediato) a los procesos que operan y devuelve los bots avisados."""
    return _mandar(datos, bot, "SIGUSR1")


def soltar_procesos(datos: Path, bot: str | None = None) -> list[str]:
    """Manda SIGUSR2 (olvidar el alto inmediato) y devuelve los bots avisados. La base y la bandera siguen mandando."""
    return _mandar(datos, bot, "SIGUSR2")


def _mandar(datos: Path, bot: str | None, senal: str) -> list[str]:
    """Donde no se puede comprobar que el proceso es el que escribió el fichero no se manda nada: basta la bandera."""
    avisados: list[str] = []
    if not hasattr(signal, senal) or inicio_de(os.getpid()) == "vivo":
        return avisados
    for nombre, pid in leer_pids(datos).items():
        if bot in (None, nombre):
            with suppress(OSError):
                os.kill(pid, getattr(signal, senal))
                avisados.append(nombre)
    return avisados
