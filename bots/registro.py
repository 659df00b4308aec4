"""Qué bots hay y con qué configuración: la de su fichero y, por encima, lo fijado desde el panel."""

from pathlib import Path

from core.configuracion import ConfigBot
from core.definiciones import selectors as definiciones
from core.ficheros_bots import DE_SERIE, buscar_bot, ficheros
from dominio.errores import ErrorConfiguracion

__all__ = ["DE_SERIE", "bot_vigente", "bots_vigentes", "buscar_bot", "ficheros"]


def bot_vigente(nombre: str, datos: Path) -> ConfigBot:
    """Devuelve la configuración con que opera el bot. Lee la base: en un bucle, a través del ejecutor.

    Raises:
        ErrorUsuario: BOT-01 si no existe. ErrorConfiguracion: CFG-01 a CFG-03 en el fichero, CFG-05 en lo guardado.
    """
    return definiciones.buscar(nombre, ficheros(datos))


def bots_vigentes(datos: Path) -> dict[str, ConfigBot | ErrorConfiguracion]:
    """Devuelve cada bot con su configuración o con lo que tiene mal; los creados en el panel también."""
    return definiciones.todos(ficheros(datos))
