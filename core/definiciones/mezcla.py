"""Pone lo fijado desde el panel por encima del fichero de un bot. Puro: ni disco ni base."""

import json
from collections.abc import Mapping
from typing import Any

from core.configuracion import ConfigBot, validar_bot
from dominio.errores import ErrorConfiguracion, ErrorTimonel

PREFIJO = "bot."
# Los flujos de eventos que no son de ningún bot: un bot con ese nombre se confundiría con ellos.
RESERVADOS = frozenset({"freno", "mando", "configuracion", "sistema", "avisos", "acceso"})


def clave_de(nombre: str) -> str:
    """Devuelve la clave de ``configuracion`` donde se guarda lo fijado de ese bot."""
    return PREFIJO + nombre


def leer_guardado(nombre: str, texto: str) -> dict[str, Any]:
    """Devuelve lo fijado desde el panel. Raises ErrorConfiguracion (CFG-05) si no es un objeto JSON."""
    try:
        datos = json.loads(texto, parse_constant=_sin_constantes)
    except (ValueError, RecursionError) as fallo:
        raise _roto(nombre, "no es JSON válido") from fallo
    if not isinstance(datos, dict):
        raise _roto(nombre, "no es un objeto")
    if datos.get("nombre", nombre) != nombre:
        raise _roto(nombre, "lleva otro nombre")
    return datos


def mezclar(base: Mapping[str, Any], cambios: Mapping[str, Any]) -> dict[str, Any]:
    """Devuelve ``base`` con los cambios encima: los grupos se mezclan clave a clave; lo demás se sustituye."""
    juntos = dict(base)
    for clave, valor in cambios.items():
        previo = juntos.get(clave)
        juntos[clave] = mezclar(previo, valor) if isinstance(previo, Mapping) and isinstance(valor, Mapping) else valor
    return juntos


def vigente(nombre: str, base: Mapping[str, Any] | None, guardado: str | None) -> ConfigBot:
    """Devuelve la configuración que vale: el fichero (None si no tiene) y lo guardado (None si no hay) por encima.

    Raises:
        ErrorConfiguracion: CFG-05 si lo guardado está roto o el conjunto no vale; CFG-03 si falla el fichero solo.
    """
    if guardado is None:
        return validar_bot(dict(base or {}), f"{nombre}.yaml")
    definicion = mezclar({**(base or {}), "nombre": nombre}, leer_guardado(nombre, guardado))
    try:
        return validar_bot(definicion, f"lo fijado en el panel para {nombre}")
    except ErrorTimonel as fallo:
        raise _roto(nombre, fallo.mensaje) from fallo


def _sin_constantes(texto: str) -> Any:
    raise ValueError(texto)


def _roto(nombre: str, porque: str) -> ErrorConfiguracion:
    return ErrorConfiguracion(
        "CFG-05",
        f"Los ajustes de {nombre} guardados en el panel no valen: {porque}.",
        "Corríjalos en Ajustes; mientras tanto ese bot no arranca.",
        bot=nombre,
    )
