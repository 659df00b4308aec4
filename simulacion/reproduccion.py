"""Ticks grabados en un Parquet, servidos como si ocurrieran ahora. Cumple ``FuenteTicks``.

Admite una columna de hora (``epoch``, ``epoch_ms``, ``ts`` o ``time``: segundos, milisegundos o fecha) y una de precio
(``quote``, ``precio``, ``price``) o dos (``bid`` y ``ask``: se usa el punto medio). La sede habla en segundos enteros:
de cada segundo queda el último precio.
"""

import bisect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dominio.errores import ErrorUsuario
from simulacion.indices import Indice, Tramo

HORAS = ("epoch", "epoch_ms", "ts", "time")
PRECIOS = ("quote", "precio", "price")
MILISEGUNDOS_DESDE = 100_000_000_000  # un epoch mayor que esto no puede venir en segundos


class MercadoGrabado:
    """Una grabación por símbolo: ``grabaciones[simbolo] = (índice, horas, precios)``, con horas crecientes."""

    def __init__(self, grabaciones: Mapping[str, tuple[Indice, NDArray[np.int64], NDArray[np.float64]]]) -> None:
        self.indices: Mapping[str, Indice] = {s: indice for s, (indice, _, _) in grabaciones.items()}
        self._horas = {s: horas for s, (_, horas, _) in grabaciones.items()}
        self._precios = {s: np.round(precios, indice.decimales) for s, (indice, _, precios) in grabaciones.items()}

    @classmethod
    def desde_parquet(
        cls, ruta: Path, simbolo: str, *, decimales: int, nombre: str = "", empieza_s: int | None = None
    ) -> "MercadoGrabado":
        """Devuelve la grabación de un fichero; con ``empieza_s`` su primer tick ocurre a esa hora.

        Raises ErrorUsuario: SIM-05 si falta polars, SIM-06 si el fichero no se puede leer o no trae ticks.
        """
        horas, precios = _leer(ruta)
        if empieza_s is not None:
            horas = horas + (empieza_s - int(horas[0]))
        paso = int(np.median(np.diff(horas))) if len(horas) > 1 else 1
        indice = Indice(simbolo, nombre or simbolo, decimales, max(1, paso), 0.0, float(precios[0]))
        return cls({simbolo: (indice, horas, precios)})

    def siguiente(self, simbolo: str, epoch_s: int) -> int | None:
        """Devuelve la hora del primer tick posterior, o None al acabarse la grabación."""
        horas = self._horas[simbolo]
        i = bisect.bisect_right(horas, epoch_s)
        return int(horas[i]) if i < len(horas) else None

    def precio(self, simbolo: str, epoch_s: int) -> float:
        """Devuelve el precio del último tick con hora menor o igual (el primero si aún no hubo ninguno)."""
        i = bisect.bisect_right(self._horas[simbolo], epoch_s) - 1
        return float(self._precios[simbolo][max(0, i)])

    def ultimo(self, simbolo: str, epoch_s: int) -> tuple[int, float] | None:
        """Devuelve hora y precio del último tick con hora menor o igual, o None si aún no hubo ninguno."""
        i = bisect.bisect_right(self._horas[simbolo], epoch_s) - 1
        return (int(self._horas[simbolo][i]), float(self._precios[simbolo][i])) if i >= 0 else None

    def tramo(self, simbolo: str, desde_s: int, hasta_s: int) -> Tramo:
        """Devuelve horas y precios entre las dos horas, incluidas."""
        horas = self._horas[simbolo]
        desde, hasta = np.searchsorted(horas, [desde_s, hasta_s + 1])
        return horas[desde:hasta], self._precios[simbolo][desde:hasta]


def _leer(ruta: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    try:
        import polars
    except ImportError as fallo:
        raise ErrorUsuario(
            "SIM-05", "Para leer Parquet hace falta polars.", "Instálelo con «uv sync --group investigacion»."
        ) from fallo
    try:
        tabla = polars.read_parquet(ruta)
    except (OSError, polars.exceptions.PolarsError) as fallo:
        raise ErrorUsuario("SIM-06", f"No se puede leer la grabación «{ruta.name}».", "Revise la ruta.") from fallo
    horas, precios = _horas_s(tabla, ruta), _precios(tabla, ruta)
    if len(horas) == 0 or bool(np.any(np.diff(horas) < 0)):
        raise ErrorUsuario("SIM-06", f"La grabación «{ruta.name}» está vacía o sus horas retroceden.")
    ultimos = np.flatnonzero(np.diff(horas, append=horas[-1] + 1))
    return horas[ultimos], precios[ultimos]


def _horas_s(tabla: Any, ruta: Path) -> NDArray[np.int64]:
    columna = next((nombre for nombre in HORAS if nombre in tabla.columns), None)
    if columna is None:
        raise ErrorUsuario("SIM-06", f"La grabación «{ruta.name}» no trae hora.", f"Una de: {', '.join(HORAS)}.")
    serie = tabla[columna]
    if serie.dtype.is_temporal():
        return np.asarray(serie.dt.epoch("ms").to_numpy() // 1000, dtype=np.int64)
    valores = np.asarray(serie.to_numpy(), dtype=np.float64)
    en_ms = len(valores) > 0 and valores[0] > MILISEGUNDOS_DESDE
    return np.floor(valores / 1000.0 if en_ms else valores).astype(np.int64)


def _precios(tabla: Any, ruta: Path) -> NDArray[np.float64]:
    columna = next((nombre for nombre in PRECIOS if nombre in tabla.columns), None)
    if columna is not None:
        return np.asarray(tabla[columna].to_numpy(), dtype=np.float64)
    if {"bid", "ask"} <= set(tabla.columns):
        return np.asarray((tabla["bid"].to_numpy() + tabla["ask"].to_numpy()) / 2.0, dtype=np.float64)
    raise ErrorUsuario("SIM-06", f"La grabación «{ruta.name}» no trae precio.", "Columnas: quote, o bid y ask.")
