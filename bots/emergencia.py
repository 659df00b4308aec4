"""El alto que no necesita ni Django ni base de datos: un fichero y una señal."""

from contextlib import suppress
from pathlib import Path

from bots.frenos import BANDERA, rutas_bandera
from bots.procesos import detener_procesos, soltar_procesos


def ruta_bandera(datos: Path, bot: str | None) -> Path:
    """Devuelve el fichero que detiene a todos (``bot`` None) o a uno."""
    return datos / BANDERA if bot is None else rutas_bandera(datos, bot)[1]


def poner_alto(datos: Path, bot: str | None, texto: str) -> tuple[bool, list[str]]:
    """Pone la bandera, avisa a los procesos y devuelve (si quedó puesta, bots avisados). No lanza nunca por el disco.

    Primero la bandera: así el proceso que reciba la señal y el que arranque después ven lo mismo.
    """
    ruta = ruta_bandera(datos, bot)
    with suppress(OSError):
        ruta.parent.mkdir(parents=True, exist_ok=True)
        ruta.touch()
        ruta.write_text(texto + "\n", encoding="utf-8")
    try:
        puesta = ruta.exists()
    except OSError:
        puesta = False
    return puesta, detener_procesos(datos, bot)


def quitar_alto(datos: Path, bot: str | None) -> None:
    """Quita la bandera y la señal. Raises OSError si el sistema no deja quitarla: entonces el freno sigue puesto."""
    ruta_bandera(datos, bot).unlink(missing_ok=True)
    soltar_procesos(datos, bot)
