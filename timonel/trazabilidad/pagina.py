"""Compone ``docs/trazabilidad.md`` a partir de la tabla."""

from collections.abc import Iterator

from timonel.trazabilidad.modelo import Fila
from timonel.trazabilidad.tabla import Tabla

_TITULOS = {
    "000": "Especificación 000: bot de Deriv con meta y stop dinámicos",
    "001": "Especificación 001: motor de ejecución (`trading/`)",
    "002": "Especificación 002: bots con IA en MetaTrader 5",
}
_CABECERA = """\
# Trazabilidad

Qué pide cada especificación, dónde vive y qué prueba lo demuestra. Página generada desde `docs/trazabilidad.yaml` con
`uv run python -m timonel.trazabilidad`: no la edite a mano. `timonel trazabilidad` cuenta lo cubierto de verdad
(el fichero y la prueba existen, y la prueba pasa).
"""


def componer(tabla: Tabla) -> str:
    """Devuelve la página entera, en Markdown."""
    return "\n".join([_CABECERA, *_resumen(tabla), *(linea for numero in tabla for linea in _parte(tabla, numero))])


def _resumen(tabla: Tabla) -> Iterator[str]:
    yield "| Especificación | Elementos | Hechos | Imposibles | Pendientes |\n|---|---|---|---|---|"
    for numero, filas in tabla.items():
        pendientes, imposibles = sum(f.pendiente for f in filas), sum(bool(f.imposible) for f in filas)
        yield f"| {numero} | {len(filas)} | {len(filas) - pendientes - imposibles} | {imposibles} | {pendientes} |"


def _parte(tabla: Tabla, numero: str) -> Iterator[str]:
    yield f"\n## {_TITULOS[numero]}\n"
    yield "| Elemento | Pide | Dónde | Prueba |\n|---|---|---|---|"
    for fila in tabla[numero]:
        yield f"| `{fila.id}` | {_celda(fila.texto)} | {_donde(fila)} |"
    yield ""


def _donde(fila: Fila) -> str:
    if fila.imposible:
        return f"imposible: {_celda(fila.imposible)} | "
    return "pendiente | " if fila.pendiente else f"`{fila.archivo}` | `{fila.prueba}`"


def _celda(texto: str) -> str:
    return texto.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
