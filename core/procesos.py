"""Qué proceso opera cada bot, leído del fichero con su número. Solo lee: quien lo escribe y avisa está en ``bots``.

El fichero guarda además cuándo empezó el proceso: el sistema reutiliza los números.
"""

from contextlib import suppress
from pathlib import Path

CARPETA = "procesos"


def leer_pids(datos: Path) -> dict[str, int]:
    """Devuelve el proceso vivo de cada bot; un fichero ilegible, o de un proceso que ya no es aquel, se ignora."""
    pids: dict[str, int] = {}
    for ruta in sorted((datos / CARPETA).glob("*.pid")):
        with suppress(OSError, ValueError):
            numero, _, inicio = ruta.read_text(encoding="ascii").strip().partition(" ")
            if inicio and inicio_de(int(numero)) == inicio:
                pids[ruta.stem] = int(numero)
    return pids


def inicio_de(pid: int) -> str:
    """Devuelve cuándo empezó un proceso (en pasos del núcleo), «vivo» donde no se puede saber, o «» si no existe."""
    try:
        # El nombre va entre paréntesis y puede traer espacios: se cuenta desde el último cierre. Campo 22 de proc(5).
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else "vivo"
