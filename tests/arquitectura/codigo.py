"""El código visto como árbol: qué módulos hay, qué importa cada uno y a qué llama."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.rutas import RAIZ

PAQUETES = (
    "timonel", "bots", "dashboard", "laboratorio", "simulacion", "trading", "agentes", "core", "notificaciones",
    "historial", "indicadores", "integracion_deriv", "integracion_bitget", "integracion_mt5", "dominio",
)  # fmt: skip
CORE_PURO = frozenset({"meta_dinamica", "estado_bot", "balance", "horario", "configuracion"})


@dataclass(frozen=True)
class Modulo:
    """Un fichero de código: su ruta desde la raíz y su árbol."""

    ruta: str

    @property
    def partes(self) -> tuple[str, ...]:
        """Devuelve carpetas y nombre sin extensión: ("historial", "services", "ordenes")."""
        return Path(self.ruta).with_suffix("").parts

    @property
    def nombre(self) -> str:
        """Devuelve el nombre con que se importa."""
        return ".".join(parte for parte in self.partes if parte != "__init__")

    @property
    def arbol(self) -> ast.Module:
        return _arbol(self.ruta)


@cache
def _arbol(ruta: str) -> ast.Module:
    return ast.parse((RAIZ / ruta).read_text(encoding="utf-8"))


@cache
def modulos() -> tuple[Modulo, ...]:
    """Devuelve los módulos de todos los paquetes, menos las migraciones: esas las escribe Django."""
    rutas = (r.relative_to(RAIZ) for paquete in PAQUETES for r in sorted((RAIZ / paquete).rglob("*.py")))
    return tuple(Modulo(r.as_posix()) for r in rutas if "migrations" not in r.parts)


def es_puro(modulo: Modulo) -> bool:
    """Devuelve si un módulo no puede conocer Django, ni red, ni hora, ni azar. Las costuras y apps.py no cuentan."""
    paquete, ultimo = modulo.partes[0], modulo.partes[-1]
    if modulo.ruta in ("dominio/reloj.py", "dominio/azar.py") or ultimo == "apps":
        return False
    if paquete == "core":
        return len(modulo.partes) > 1 and modulo.partes[1] in CORE_PURO
    return paquete in ("dominio", "trading", "indicadores")


def importaciones(arbol: ast.Module) -> Iterator[tuple[str, int]]:
    """Devuelve (módulo importado, renglón), estén donde estén; menos las que solo sirven para anotar tipos."""
    pendientes: list[ast.AST] = [arbol]
    while pendientes:
        nodo = pendientes.pop()
        if isinstance(nodo, ast.If) and "TYPE_CHECKING" in ast.dump(nodo.test):
            pendientes.extend(nodo.orelse)
            continue
        if isinstance(nodo, ast.Import):
            yield from ((alias.name, nodo.lineno) for alias in nodo.names)
        elif isinstance(nodo, ast.ImportFrom) and nodo.module and not nodo.level:
            yield from ((f"{nodo.module}.{alias.name}", nodo.lineno) for alias in nodo.names)
        pendientes.extend(ast.iter_child_nodes(nodo))


def usos(arbol: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Devuelve (nombre completo, nodo) de cada nombre importado que se usa, deshaciendo los alias de la importación.

    ``from datetime import datetime as dt; dt.now()`` da «datetime.datetime.now».
    """
    origen: dict[str, str] = {}
    for nodo in ast.walk(arbol):
        if isinstance(nodo, ast.Import):
            origen |= {a.asname: a.name for a in nodo.names if a.asname}
            origen |= {(raiz := a.name.split(".")[0]): raiz for a in nodo.names if not a.asname}
        elif isinstance(nodo, ast.ImportFrom) and nodo.module and not nodo.level:
            origen |= {a.asname or a.name: f"{nodo.module}.{a.name}" for a in nodo.names}
    for nodo in ast.walk(arbol):
        if isinstance(nodo, ast.Attribute | ast.Name) and (entero := _completo(nodo, origen)):
            yield entero, nodo


def _completo(nodo: ast.AST, origen: dict[str, str]) -> str:
    if isinstance(nodo, ast.Attribute):
        base = _completo(nodo.value, origen)
        return f"{base}.{nodo.attr}" if base else ""
    return origen.get(nodo.id, "") if isinstance(nodo, ast.Name) else ""
