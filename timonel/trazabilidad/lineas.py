"""Reconoce, línea a línea, lo que se cuenta en un texto: puntos de lista, ramas de árbol, filas de tabla y reglas."""

import re
from collections.abc import Iterator

Hallazgo = tuple[str, str, str]  # tipo, de dónde sale el identificador, texto

LETRA = re.compile(r"[A-Za-zÁÉÍÓÚÑáéíóúñ]")
_PUNTO = re.compile(r"^\s*(?:[-*]|\d+\.)\s+(?:\[[ x]\]\s+)?(.+)$")
_RAMA = re.compile(r"^[│\s]*[├└]─+[►>]?\s*([^│┌┐┘┬┴▼►◄]+)$")
_CAJA = re.compile(r"│\s+-\s+(\w+)\s*│")
_CABECERA_DE_FLUJO = re.compile(r"^([A-ZÁÉÍÓÚÑ]{4,} \(.+\))$")
_REGLA = re.compile(r"^\*\*([^*]+):\*\*\s+(\S.*)$")
_FUNCION_CITADA = re.compile(r"`(\w+)\(\)`")
_NODO = re.compile(r"\w+\[([^\]]+)\]")
_DEPENDENCIA = re.compile(r"^([A-Za-z][\w-]*)[><=]=[\d.]+$")


def limpio(texto: str) -> str:
    """Devuelve el texto sin adornos de Markdown y con un solo espacio entre palabras."""
    sin_enlaces = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", texto)
    return " ".join(re.sub(r"\*\*|`", "", sin_enlaces).split())


def de_arbol(linea: str) -> Iterator[Hallazgo]:
    """Devuelve la rama de un árbol o diagrama, si la línea lo es."""
    if rama := _RAMA.match(linea):
        texto = limpio(rama[1])
        nombre = texto.split("#")[0]
        if LETRA.search(nombre):
            yield "arbol", nombre, texto
    elif cabecera := _CABECERA_DE_FLUJO.match(linea):
        yield "arbol", cabecera[1], limpio(cabecera[1])
    else:
        for palabra in _CAJA.findall(linea):
            yield "arbol", palabra, palabra


def de_mermaid(linea: str) -> Iterator[Hallazgo]:
    """Devuelve los nodos con rótulo de un diagrama mermaid."""
    for rotulo in _NODO.findall(linea):
        yield "nodo", rotulo, rotulo


def de_lista(linea: str) -> Iterator[Hallazgo]:
    """Devuelve el punto de una lista y las funciones que cita."""
    if (punto := _PUNTO.match(linea)) and LETRA.search(punto[1]):
        yield "lista", limpio(punto[1]), limpio(punto[1])
        for funcion in _FUNCION_CITADA.findall(punto[1]):
            yield "funcion", funcion, f"{funcion}()"


def de_texto(linea: str) -> Iterator[Hallazgo]:
    """Devuelve lo que se cuenta en un bloque sin lenguaje: listas, dependencias y cadenas de pasos."""
    yield from de_lista(linea)
    if dependencia := _DEPENDENCIA.match(linea.strip()):
        yield "dependencia", dependencia[1], linea.strip()


def de_prosa(linea: str) -> Iterator[Hallazgo]:
    """Devuelve lo que se cuenta fuera de los bloques de código, salvo las tablas."""
    if regla := _REGLA.match(linea):
        yield "regla", regla[1], limpio(f"{regla[1]}: {regla[2]}")
    yield from de_lista(linea)


def celdas(linea: str) -> list[str] | None:
    """Devuelve las celdas de una línea de tabla, o None si no lo es."""
    recta = linea.strip()
    if not (recta.startswith("|") and recta.endswith("|")):
        return None
    return [limpio(celda) for celda in recta[1:-1].split("|")]


def es_separador(fila: list[str]) -> bool:
    """Devuelve si es la raya que separa la cabecera del cuerpo."""
    return all(celda and set(celda) <= set("-: ") for celda in fila)
