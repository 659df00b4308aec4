"""Lo que las órdenes dicen: una línea JSON al final con ``--json``; si no, texto y tablas en español.

Cualquier número sale como número JSON (los ``Decimal`` sin perder céntimos) y nunca como texto.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from rich.console import Console

SIMULADO = "SIMULADO"


def emitir(objeto: Any) -> None:
    """Escribe un objeto JSON en una línea: la última de la salida estándar."""
    sys.stdout.write(en_json(objeto) + "\n")
    sys.stdout.flush()


def en_json(objeto: Any) -> str:
    """Devuelve el JSON de una línea; los ``Decimal`` como números exactos y las horas en ISO 8601."""
    import msgspec

    return msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode(objeto).decode()


def imprimir(*cosas: Any) -> None:
    """Escribe texto o tablas para una persona en la salida estándar."""
    if all(isinstance(cosa, str) for cosa in cosas):  # sin rich: parar no debe esperar a cargar un adorno
        sys.stdout.write(" ".join(cosas) + "\n")
        return
    sys.stdout.flush()
    consola().print(*cosas, highlight=False)


def parrafo(texto: str) -> None:
    """Escribe un párrafo partido por palabras al ancho del terminal."""
    import shutil
    import textwrap

    imprimir(textwrap.fill(texto, min(110, shutil.get_terminal_size((100, 24)).columns)))


def avisar(texto: str) -> None:
    """Escribe una línea en la salida de errores: avisos y preguntas no ensucian lo que se lee con programas."""
    sys.stderr.write(texto + "\n")
    sys.stderr.flush()


def consola(errores: bool = False) -> "Console":
    """Devuelve la consola de rich; fuera de un terminal no parte las líneas por el ancho."""
    from rich.console import Console

    flujo = sys.stderr if errores else sys.stdout
    ancho = None if flujo.isatty() else 120
    return Console(file=flujo, width=ancho, soft_wrap=False, markup=False)


def tabla(titulo: str, columnas: Sequence[str], filas: Iterable[Sequence[Any]], derecha: Sequence[str] = ()) -> Any:
    """Devuelve una tabla; las columnas nombradas en ``derecha`` (cifras) van alineadas a la derecha."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    con_cabecera = any(columnas)
    cuadro = Table(
        title=titulo or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if con_cabecera else None,
        show_header=con_cabecera,
        pad_edge=False,
    )
    for columna in columnas:
        cuadro.add_column(columna, justify="right" if columna in derecha else "left", overflow="fold")
    for fila in filas:
        cuadro.add_row(*(Text(str(celda)) for celda in fila))
    return cuadro


def numero(valor: "Decimal | float | int | None", decimales: int = 2) -> str:
    """Devuelve «1.234,56»; un guion si no hay valor."""
    if valor is None:
        return "—"
    texto = f"{valor:,.{decimales}f}"
    if not texto.strip("-0.,"):
        texto = texto.lstrip("-")
    return texto.translate(str.maketrans(",.", ".,"))


def dinero(valor: "Decimal | None", moneda: str = "", *, signo: bool = False) -> str:
    """Devuelve un importe con sus decimales de moneda; con ``signo``, también el «+»."""
    from dominio.dinero import decimales_de

    texto = numero(valor, decimales_de(moneda))
    mas = "+" if signo and valor is not None and valor > 0 else ""
    return f"{mas}{texto} {moneda}".rstrip()


def porcentaje(valor: "float | Decimal | None", decimales: int = 1) -> str:
    """Devuelve «51,3 %»; un guion si no hay valor."""
    return "—" if valor is None else f"{numero(valor, decimales)} %"


def duracion(segundos: float) -> str:
    """Devuelve «3 h 05 min», «4 min 09 s» o «12 s»; lo negativo cuenta como cero."""
    total = max(0, round(segundos))
    dias, resto = divmod(total, 86_400)
    horas, resto = divmod(resto, 3600)
    minutos, segundo = divmod(resto, 60)
    if dias:
        return f"{dias} d {horas:02d} h"
    if horas:
        return f"{horas} h {minutos:02d} min"
    return f"{minutos} min {segundo:02d} s" if minutos else f"{segundo} s"


def hora(momento: "datetime | None", zona: str = "UTC") -> str:
    """Devuelve «2026-03-01 07:00:05» en la zona pedida; un guion si no hay hora."""
    return "—" if momento is None else momento.astimezone(_zona(zona)).strftime("%Y-%m-%d %H:%M:%S")


@cache
def _zona(nombre: str) -> ZoneInfo:
    return ZoneInfo(nombre)
