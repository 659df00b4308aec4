"""Reconoce lo que se cuenta en un bloque de código: columnas e índices de SQL, claves de JSON y YAML, y funciones."""

import builtins
import re
from collections.abc import Iterable, Iterator

from timonel.trazabilidad.lineas import Hallazgo, de_arbol, de_mermaid, de_texto

_TABLA = re.compile(r"CREATE TABLE (\w+)")
_COLUMNA = re.compile(r"^\s+(\w+)\s+(?:INTEGER|TEXT|REAL|DATETIME|DATE)\b.*$")
_UNICA = re.compile(r"^\s+UNIQUE\s*\(([^)]*)\)")
_AJENA = re.compile(r"^\s+FOREIGN KEY\s*\((\w+)\)\s*REFERENCES\s*(\w+)")
_INDICE = re.compile(r"CREATE INDEX (\w+) ON (\w+)")
_FILA = re.compile(r"^\('(\w+)',")
_CLAVE_ENTRECOMILLADA = re.compile(r"""["']([A-Za-z_]\w*)["']\s*:""")
_CLAVE_YAML = re.compile(r"(?:^|[-,]\s*|\s)([A-Za-z_]\w*):(?=\s|$)")
_DEFINE = re.compile(r"^\s*(def|class)\s+(\w+)")
_LLAMADA = re.compile(r"(?<![\w.@])([A-Za-z_][\w.]*)\(")
_CADENA = re.compile(r'"""[\s\S]*?"""|f?"[^"\n]*"|f?\'[^\'\n]*\'')
_DEL_LENGUAJE = frozenset(dir(builtins)) | {"def", "class", "VALUES"}


def de_bloque(lenguaje: str, lineas: list[str]) -> Iterator[Hallazgo]:
    """Devuelve todo lo que se cuenta en un bloque, en orden."""
    for linea in lineas:
        yield from de_mermaid(linea) if lenguaje == "mermaid" else de_arbol(linea)
    if lenguaje == "sql":
        yield from _de_sql(lineas)
    elif lenguaje == "yaml":
        yield from _de_yaml(lineas)
    elif lenguaje == "python":
        yield from _de_python(lineas)
    elif lenguaje == "":
        for linea in lineas:
            yield from de_texto(linea)
    if lenguaje in ("json", "python", ""):
        yield from _claves(lineas)


def _de_sql(lineas: Iterable[str]) -> Iterator[Hallazgo]:
    tabla = ""
    for linea in lineas:
        texto = " ".join(linea.replace(",", " ,").split()).replace(" ,", ",").rstrip(",")
        if hallada := _TABLA.search(linea):
            tabla = hallada[1]
            yield "sql", tabla, f"tabla {tabla}"
        elif unica := _UNICA.match(linea):
            yield "sql", f"{tabla}.unique {unica[1]}", f"{tabla}: {texto}"
        elif ajena := _AJENA.match(linea):
            yield "sql", f"{tabla}.fk {ajena[1]}", f"{tabla}: {texto}"
        elif columna := _COLUMNA.match(linea):
            yield "sql", f"{tabla}.{columna[1]}", f"{tabla}.{texto}"
        elif indice := _INDICE.search(linea):
            yield "sql", f"{indice[2]}.{indice[1]}", texto.rstrip(";")
        elif fila := _FILA.match(linea):
            yield "sql", f"fila {fila[1]}", texto.rstrip(";")


def _de_yaml(lineas: Iterable[str]) -> Iterator[Hallazgo]:
    ruta: list[tuple[int, str]] = []
    vistas: set[str] = set()
    for linea in lineas:
        util = linea.split("#")[0].rstrip()
        if not util.strip():
            continue
        sangria = len(util) - len(util.lstrip())
        ruta = [(nivel, clave) for nivel, clave in ruta if nivel < sangria]
        padre = ".".join(clave for _, clave in ruta)
        for clave in _CLAVE_YAML.findall(util):
            entera = f"{padre}.{clave}".strip(".")
            if entera not in vistas:
                vistas.add(entera)
                yield "clave", entera, " ".join(linea.split())
            if util.endswith(":"):
                ruta.append((sangria, clave))


def _claves(lineas: Iterable[str]) -> Iterator[Hallazgo]:
    vistas: set[str] = set()
    for linea in lineas:
        for clave in _CLAVE_ENTRECOMILLADA.findall(linea):
            if clave not in vistas:
                vistas.add(clave)
                yield "clave", clave, f"clave {clave}"


def _de_python(lineas: list[str]) -> Iterator[Hallazgo]:
    vistas: set[str] = set()
    for linea in _CADENA.sub('""', "\n".join(lineas)).splitlines():
        util = linea.split("#")[0]
        if definida := _DEFINE.match(util):
            vistas.add(definida[2])
            yield "funcion" if definida[1] == "def" else "clase", definida[2], util.strip().rstrip(":")
            continue
        for llamada in _LLAMADA.findall(util):
            if llamada not in vistas and llamada not in _DEL_LENGUAJE:
                vistas.add(llamada)
                yield "funcion", llamada, f"{llamada}()"
