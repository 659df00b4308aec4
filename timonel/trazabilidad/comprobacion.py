"""Dice si una fila está cubierta de verdad: su fichero y su prueba existen, y la prueba no está apagada ni falla."""

import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from timonel.trazabilidad.modelo import RAIZ, Fila

# Aquí deja pytest cómo acabó cada prueba la última vez (tests/complementos/resultados.py).
RESULTADOS = Path(".pytest_cache") / "v" / "timonel" / "resultados"
_APAGADA = ("skip", "xfail")


def motivo(fila: Fila, raiz: Path = RAIZ, resultados: Mapping[str, str] | None = None) -> str | None:
    """Devuelve por qué una fila que se dice hecha no lo está, o None si está cubierta."""
    if not (raiz / fila.archivo).exists():
        return f"no existe el fichero {fila.archivo}"
    ruta, _, nombre = fila.prueba.partition("::")
    if not (raiz / ruta).is_file():
        return f"no existe {ruta}"
    activas = _pruebas(raiz / ruta)
    if nombre not in activas:
        return f"no existe la prueba {fila.prueba}"
    if not activas[nombre]:
        return f"la prueba {fila.prueba} está apagada"
    fallo = (resultados or {}).get(fila.prueba) == "failed"
    return f"la prueba {fila.prueba} falló la última vez" if fallo else None


def sin_correr(fila: Fila, resultados: Mapping[str, str]) -> bool:
    """Devuelve si la prueba de una fila nunca ha pasado aquí porque se salta (falta PostgreSQL, Chromium, un dato…)."""
    return resultados.get(fila.prueba) == "skipped"


def resultados_guardados(raiz: Path = RAIZ) -> dict[str, str]:
    """Devuelve cómo acabó cada prueba la última vez, o un diccionario vacío si no se sabe."""
    try:
        guardados = json.loads((raiz / RESULTADOS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return guardados if isinstance(guardados, dict) else {}


@cache
def _pruebas(ruta: Path) -> dict[str, bool]:
    """Devuelve las pruebas de un fichero (con su clase delante, si la tienen) y si están encendidas."""
    arbol = ast.parse(ruta.read_text(encoding="utf-8"))
    modulo_apagado = any(
        isinstance(nodo, ast.Assign)
        and any(isinstance(destino, ast.Name) and destino.id == "pytestmark" for destino in nodo.targets)
        and _apaga(nodo.value)
        for nodo in arbol.body
    )
    return {nombre: encendida and not modulo_apagado for nombre, encendida in _recorrer(arbol.body, "", True)}


def _recorrer(cuerpo: list[ast.stmt], prefijo: str, encendida: bool) -> Iterator[tuple[str, bool]]:
    for nodo in cuerpo:
        if isinstance(nodo, ast.ClassDef):
            yield from _recorrer(nodo.body, f"{prefijo}{nodo.name}::", encendida and not _apagado(nodo))
        elif isinstance(nodo, ast.FunctionDef | ast.AsyncFunctionDef) and nodo.name.startswith("test"):
            yield prefijo + nodo.name, encendida and not _apagado(nodo)
        elif isinstance(nodo, ast.Assign) and _es_maquina(nodo.targets[0]):
            yield f"{prefijo}{ast.unparse(nodo.targets[0])}::runTest", encendida


def _es_maquina(destino: ast.expr) -> bool:
    """Devuelve si se asigna una máquina de estados de hypothesis: ``TestX = Maquina.TestCase``."""
    return isinstance(destino, ast.Name) and destino.id.startswith("Test")


def _apagado(nodo: "ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef") -> bool:
    return any(_apaga(decorador) for decorador in nodo.decorator_list)


def _apaga(marca: ast.expr) -> bool:
    """Devuelve si una marca apaga la prueba siempre: ``skip``, o ``xfail`` sin condición."""
    if isinstance(marca, ast.List | ast.Tuple):
        return any(_apaga(una) for una in marca.elts)
    condicionada = isinstance(marca, ast.Call) and bool(marca.args)
    funcion = marca.func if isinstance(marca, ast.Call) else marca
    if not (isinstance(funcion, ast.Attribute) and funcion.attr in _APAGADA):
        return False
    return funcion.attr == "skip" or not condicionada
