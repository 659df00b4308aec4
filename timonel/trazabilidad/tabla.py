"""Lee y escribe ``docs/trazabilidad.yaml``: una fila por elemento de las especificaciones, una línea por fila."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from dominio.errores import ErrorConfiguracion
from timonel.trazabilidad.modelo import ESPECIFICACIONES, TABLA, Elemento, Fila

Tabla = dict[str, list[Fila]]

_CLAVES = frozenset({"id", "texto", "archivo", "prueba", "imposible", "pendiente"})
_CABECERA = """\
# Qué pide cada especificación, en qué fichero vive y qué prueba lo demuestra. Una línea por elemento.
#   archivo + prueba   hecho: la fila cuenta como cubierta si los dos existen y la prueba no falla ni está apagada
#   imposible          el motivo por el que no puede existir (lo que la sede no tiene, lo que el diseño corrige)
#   pendiente: true    aún no está
# Tras cambiarlo: uv run python -m timonel.trazabilidad (añade lo que falte y rehace docs/trazabilidad.md).
"""


def leer(ruta: Path = TABLA) -> Tabla:
    """Devuelve las filas por especificación.

    Raises:
        ErrorConfiguracion: CFG-TRZ1 si falta el fichero; CFG-TRZ2 si una fila no se entiende.
    """
    try:
        texto = ruta.read_text(encoding="utf-8")
    except OSError as fallo:
        raise ErrorConfiguracion(
            "CFG-TRZ1", "No se encuentra docs/trazabilidad.yaml.", "Ejecute la orden desde una copia del repositorio."
        ) from fallo
    datos = yaml.load(texto, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}  # noqa: S506 - es el seguro
    return {numero: [_fila(cruda) for cruda in datos.get(numero) or []] for numero in ESPECIFICACIONES}


def _fila(cruda: Mapping[str, Any]) -> Fila:
    sobra = set(cruda) - _CLAVES
    hecha = bool(cruda.get("archivo")) and bool(cruda.get("prueba"))
    if sobra or "id" not in cruda or (hecha + bool(cruda.get("imposible")) + bool(cruda.get("pendiente"))) != 1:
        raise ErrorConfiguracion(
            "CFG-TRZ2",
            f"Una fila de docs/trazabilidad.yaml no se entiende: {cruda.get('id', cruda)}.",
            "Cada fila lleva id, texto y solo una de estas: archivo y prueba, imposible, o pendiente: true.",
        )
    return Fila(
        id=cruda["id"],
        texto=cruda.get("texto", ""),
        archivo=cruda.get("archivo", ""),
        prueba=cruda.get("prueba", ""),
        imposible=cruda.get("imposible", ""),
    )


def escribir(tabla: Tabla, ruta: Path = TABLA) -> None:
    """Guarda la tabla: una línea por fila, para que los cambios se lean bien."""
    ruta.write_text(_CABECERA + "".join(_lineas(tabla)), encoding="utf-8")


def _lineas(tabla: Tabla) -> Iterable[str]:
    for numero, filas in tabla.items():
        yield f'"{numero}":\n'
        for fila in filas:
            campos = {"id": fila.id, "texto": fila.texto}
            if fila.imposible:
                campos["imposible"] = fila.imposible
            elif not fila.pendiente:
                campos |= {"archivo": fila.archivo, "prueba": fila.prueba}
            cuerpo = ", ".join(f"{clave}: {json.dumps(valor, ensure_ascii=False)}" for clave, valor in campos.items())
            yield f"  - {{{cuerpo}{', pendiente: true' if fila.pendiente else ''}}}\n"


def completar(tabla: Tabla, extraidos: Mapping[str, list[Elemento]]) -> Tabla:
    """Devuelve la tabla con una fila pendiente por cada elemento que no la tenía, en el orden del documento.

    Las filas de elementos que ya no existen se conservan al final: quien las quite verá que se pierde algo.
    """
    completa: Tabla = {}
    for numero, elementos in extraidos.items():
        previas = {fila.id: fila for fila in tabla.get(numero, [])}
        completa[numero] = [previas.pop(e.id, None) or Fila(e.id, e.texto) for e in elementos]
        completa[numero].extend(previas.values())
    return completa


def sin_fila(tabla: Tabla, extraidos: Mapping[str, list[Elemento]]) -> list[str]:
    """Devuelve los identificadores de los elementos que ninguna fila nombra."""
    nombrados = {fila.id for filas in tabla.values() for fila in filas}
    return [e.id for elementos in extraidos.values() for e in elementos if e.id not in nombrados]
