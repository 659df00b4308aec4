"""Lo que cuenta una importación, y la llave de polars (que solo se carga si se usa)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from dominio.errores import ErrorUsuario

if TYPE_CHECKING:
    import polars as pl

Progreso = Callable[[float, str], None]
FORMATOS = ("auto", "csv", "mt5", "parquet")
PRECIOS_VELA = ("apertura", "maximo", "minimo", "cierre")
COLUMNAS = {
    "velas": ("epoch_ms", *PRECIOS_VELA, "volumen"),
    "ticks": ("epoch_ms", "precio", "compra", "venta", "volumen"),
}


class Hueco(msgspec.Struct, frozen=True):
    """Un tramo sin datos: último dato antes y primero después, en ms UTC, y cuántas velas faltan (0 en ticks)."""

    desde_ms: int
    hasta_ms: int
    faltan: int


class ResumenImportacion(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se guardó, de dónde salió y qué tenía de raro. Es también el JSON que acompaña al Parquet.

    ``tipo``: «velas» o «ticks»; ``duracion_s``: 0 en ticks; ``duplicadas``: filas idénticas quitadas; ``sin_cerrar``:
    velas en formación quitadas; ``sin_precio``: filas de ticks anteriores al primer precio; ``huecos_mayores``: los 5
    más largos.
    """

    simbolo: str
    tipo: str
    duracion_s: int
    origen: str
    formato: str
    desde: datetime
    hasta: datetime
    filas: int
    duplicadas: int
    sin_cerrar: int
    sin_precio: int
    invertida: bool
    huecos: int
    huecos_mayores: tuple[Hueco, ...]
    avisos: tuple[str, ...]
    fichero: str
    sha256: str
    importado_en: datetime
    version: int = 1


class Tabla(msgspec.Struct):
    """Datos leídos y aún sin comprobar. ``linea`` va como columna; ``fila`` dice cómo llamarla («línea», «fila»)."""

    datos: "pl.DataFrame"
    tipo: str
    formato: str
    fila: str
    sin_precio: int = 0
    avisos: list[str] = []


def polars() -> Any:
    """Devuelve el módulo polars.

    Raises:
        ErrorUsuario: DAT-09 si no está instalado.
    """
    try:
        import polars as pl
    except ImportError as fallo:
        raise ErrorUsuario(
            "DAT-09",
            "Los datos de mercado necesitan polars.",
            "Instálelo: uv sync --group investigacion.",
        ) from fallo
    return pl


def sin_progreso(_fraccion: float, _fase: str) -> None:
    """No cuenta nada: el progreso de quien no lo pide."""
