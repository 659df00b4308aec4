"""Dónde está cada cosa en el disco, sin cargar Django: lo usan la consola y la parada de emergencia."""

import os
from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent


def carpeta_datos() -> Path:
    """Devuelve la carpeta de datos: ``TIMONEL_DATOS`` o ``.timonel`` junto al programa."""
    return Path(os.environ.get("TIMONEL_DATOS") or RAIZ / ".timonel").resolve()


def fichero_env() -> Path:
    """Devuelve el fichero ``.env``: ``TIMONEL_FICHERO_ENV`` o el de la carpeta del programa."""
    return Path(os.environ.get("TIMONEL_FICHERO_ENV") or RAIZ / ".env")
