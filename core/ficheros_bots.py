"""Dónde están los ficheros de los bots: los que vienen con Timonel y los de la carpeta de datos, que mandan."""

import difflib
from pathlib import Path

from core.configuracion import ConfigBot, leer_bot
from dominio.errores import ErrorUsuario

DE_SERIE = Path(__file__).parent.parent / "bots" / "definiciones"


def ficheros(datos: Path) -> dict[str, Path]:
    """Devuelve el fichero de cada bot por su nombre; los de ``<datos>/bots`` sustituyen a los de serie."""
    encontrados: dict[str, Path] = {}
    for carpeta in (DE_SERIE, datos / "bots"):
        encontrados.update({ruta.stem: ruta for ruta in sorted(carpeta.glob("*.yaml"))})
    return encontrados


def buscar_bot(nombre: str, datos: Path) -> ConfigBot:
    """Devuelve la configuración del bot. Raises ErrorUsuario (BOT-01) si no existe; ErrorConfiguracion si está mal."""
    rutas = ficheros(datos)
    if nombre not in rutas:
        cerca = difflib.get_close_matches(nombre, rutas, n=1)
        pista = f"¿Quiso decir «{cerca[0]}»?" if cerca else f"Hay: {', '.join(sorted(rutas)) or 'ninguno'}."
        raise ErrorUsuario("BOT-01", f"No existe el bot «{nombre}».", pista)
    return leer_bot(rutas[nombre])
