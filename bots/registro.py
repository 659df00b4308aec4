"""Dónde están los ficheros de los bots: los que vienen con Timonel y los de la carpeta de datos, que mandan."""

from core.ficheros_bots import DE_SERIE, buscar_bot, ficheros

__all__ = ["DE_SERIE", "buscar_bot", "ficheros"]
