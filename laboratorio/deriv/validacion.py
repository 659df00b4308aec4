"""Validación estricta de peticiones: claves permitidas, obligatorias, tipos y valores; una clave de más es un error.

Un validador es una función que devuelve el texto del defecto, o cadena vacía si el valor sirve.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Validador = Callable[[Any], str]


class Tabla(msgspec.Struct, frozen=True):
    """Qué claves admite una petición (u objeto interior) y cuáles exige."""

    claves: Mapping[str, Validador]
    obligatorias: tuple[str, ...] = ()


def defectos(tabla: Tabla, objeto: Mapping[str, Any], prefijo: str = "") -> dict[str, str]:
    """Devuelve los defectos por campo, con la ruta del campo como clave: vacío si la petición es válida."""
    malos = {}
    for clave, valor in objeto.items():
        validador = tabla.claves.get(clave)
        texto = validador(valor) if validador else "Properties not allowed."
        if texto:
            malos[prefijo + clave] = texto
    for clave in tabla.obligatorias:
        if clave not in objeto:
            malos[prefijo + clave] = "Missing property."
    return malos


def entero(*valores: int, minimo: int | None = None, maximo: int | None = None) -> Validador:
    """Devuelve un validador de enteros: uno de ``valores`` o dentro de los límites."""

    def validar(valor: Any) -> str:
        if not _es_entero(valor):
            return "Expected integer."
        if valores and valor not in valores:
            return "Not in enum list."
        return _limites(valor, minimo, maximo)

    return validar


def real(minimo: float | None = None, maximo: float | None = None) -> Validador:
    """Devuelve un validador de números."""

    def validar(valor: Any) -> str:
        if isinstance(valor, bool) or not isinstance(valor, int | float):
            return "Expected number."
        return _limites(valor, minimo, maximo)

    return validar


def texto(patron: str = "") -> Validador:
    """Devuelve un validador de textos que contienen el patrón."""
    regla = re.compile(patron) if patron else None

    def validar(valor: Any) -> str:
        if not isinstance(valor, str):
            return "Expected string."
        return "" if regla is None or regla.search(valor) else "String does not match."

    return validar


def uno_de(*valores: str) -> Validador:
    """Devuelve un validador de textos de una lista cerrada."""
    permitidos = frozenset(valores)
    return lambda valor: "" if isinstance(valor, str) and valor in permitidos else "Not in enum list."


def lista(elemento: Validador, maximo: int | None = None) -> Validador:
    """Devuelve un validador de listas cuyos elementos valida ``elemento``."""

    def validar(valor: Any) -> str:
        if not isinstance(valor, list):
            return "Expected array."
        if maximo is not None and len(valor) > maximo:
            return "Too many items."
        return next((defecto for defecto in map(elemento, valor) if defecto), "")

    return validar


def cualquiera(*validadores: Validador) -> Validador:
    """Devuelve un validador que acepta lo que acepte alguno de los suyos."""

    def validar(valor: Any) -> str:
        textos = [validador(valor) for validador in validadores]
        return "" if "" in textos else textos[0]

    return validar


def objeto(tabla: Tabla | None = None) -> Validador:
    """Devuelve un validador de objetos, libres o con su propia tabla."""

    def validar(valor: Any) -> str:
        if not isinstance(valor, dict):
            return "Expected object."
        malos = defectos(tabla, valor) if tabla else {}
        return "; ".join(f"{clave}: {defecto}" for clave, defecto in malos.items())

    return validar


def _es_entero(valor: Any) -> bool:
    if isinstance(valor, bool):
        return False
    return isinstance(valor, int) or (isinstance(valor, float) and valor.is_integer())


def _limites(valor: float, minimo: float | None, maximo: float | None) -> str:
    if minimo is not None and valor < minimo:
        return f"Minimum is {minimo}."
    if maximo is not None and valor > maximo:
        return f"Maximum is {maximo}."
    return ""
