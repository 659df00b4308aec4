"""Lee la definición vigente de los bots: la de su fichero y lo fijado desde el panel."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.configuracion import ConfigBot, leer_definicion
from core.definiciones.mezcla import PREFIJO, clave_de, vigente
from dominio.errores import ErrorConfiguracion, ErrorTimonel, ErrorUsuario
from historial.models import CambioConfiguracion, Configuracion
from historial.selectors import historia_de

Ficheros = Mapping[str, Path]


def guardados() -> dict[str, str]:
    """Devuelve lo fijado desde el panel, por bot."""
    filas = Configuracion.objects.filter(clave__startswith=PREFIJO).order_by("clave")
    return {clave.removeprefix(PREFIJO): valor for clave, valor in filas.values_list("clave", "valor")}


def nombres(ficheros: Ficheros) -> list[str]:
    """Devuelve todos los bots que existen: con fichero, creados desde el panel, o las dos cosas."""
    return sorted({*ficheros, *guardados()})


def buscar(nombre: str, ficheros: Ficheros) -> ConfigBot:
    """Devuelve la configuración vigente de un bot.

    Raises:
        ErrorUsuario: BOT-01 si no existe. ErrorConfiguracion: CFG-01 a CFG-03 en el fichero, CFG-05 en lo guardado.
    """
    fijado = guardados()
    if nombre not in ficheros and nombre not in fijado:
        raise no_existe(nombre, {*ficheros, *fijado})
    return vigente(nombre, base_de(nombre, ficheros), fijado.get(nombre))


def todos(ficheros: Ficheros) -> dict[str, ConfigBot | ErrorConfiguracion]:
    """Devuelve cada bot con su configuración o con lo que tiene mal: uno roto no tapa a los demás."""
    fijado = guardados()
    resultado: dict[str, ConfigBot | ErrorConfiguracion] = {}
    for nombre in sorted({*ficheros, *fijado}):
        try:
            resultado[nombre] = vigente(nombre, base_de(nombre, ficheros), fijado.get(nombre))
        except ErrorConfiguracion as fallo:
            resultado[nombre] = fallo
    return resultado


def historia_de_bot(nombre: str) -> list[CambioConfiguracion]:
    """Devuelve los cambios hechos desde el panel, del más reciente al más antiguo."""
    return historia_de(clave_de(nombre))


def base_de(nombre: str, ficheros: Ficheros) -> dict[str, Any] | None:
    """Devuelve lo que dice el fichero, sin validar, o None si no tiene. Raises ErrorConfiguracion (CFG-01, CFG-02)."""
    return leer_definicion(ficheros[nombre]) if nombre in ficheros else None


def no_existe(nombre: str, hay: "set[str]") -> ErrorTimonel:
    """Devuelve el error de un nombre que nadie conoce, con el más parecido."""
    cerca = difflib.get_close_matches(nombre, sorted(hay), n=1)
    pista = f"¿Quiso decir «{cerca[0]}»?" if cerca else f"Hay: {', '.join(sorted(hay)) or 'ninguno'}."
    return ErrorUsuario("BOT-01", f"No existe el bot «{nombre}».", pista)
