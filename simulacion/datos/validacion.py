"""Comprobaciones de una serie: orden, repetidos, precios posibles, velas cerradas y huecos. Nada se rellena ni se
inventa."""

from typing import Any

import msgspec

from dominio.errores import ErrorUsuario
from simulacion.datos.tipos import COLUMNAS, PRECIOS_VELA, Hueco, Tabla, polars

_HUECOS_MAYORES = 5
# Un tick algo adelantado es un reloj desajustado; más, una fecha mal leída.
_ADELANTO_TICK_MS = 5000
_HUECO_TICKS_MS = 60_000
_DIA_S = 86_400


class Comprobada(msgspec.Struct, frozen=True, kw_only=True):
    """La serie ya limpia y lo que se encontró en ella."""

    datos: Any
    duracion_s: int
    duplicadas: int
    sin_cerrar: int
    invertida: bool
    huecos: int
    huecos_mayores: tuple[Hueco, ...]


def comprobar(tabla: Tabla, ahora_ms: int, duracion_s: int | None = None) -> Comprobada:
    """Devuelve la serie ordenada, sin repetidos y solo con velas cerradas.

    Raises:
        ErrorUsuario: DAT-05 precio imposible, DAT-06 desorden, DAT-07 misma hora con valores distintos, DAT-08 datos
        del
            futuro, DAT-14 sin filas, DAT-17 duración desconocida o velas que se solapan. Todos con su línea.
    """
    datos = tabla.datos
    if datos.height == 0:
        raise ErrorUsuario("DAT-14", "No queda ninguna fila con precio.")
    _precios(datos, tabla)
    datos, invertida = _ordenar(datos, tabla)
    unica, duplicadas = _sin_repetidos(datos, tabla)
    duracion = _duracion(unica, tabla, duracion_s) if tabla.tipo == "velas" else 0
    cerradas = _hasta_ahora(unica, tabla, ahora_ms, duracion)
    huecos = _huecos(cerradas, duracion)
    return Comprobada(
        datos=cerradas.select(COLUMNAS[tabla.tipo]),
        duracion_s=duracion,
        duplicadas=duplicadas,
        sin_cerrar=unica.height - cerradas.height,
        invertida=invertida,
        huecos=len(huecos),
        huecos_mayores=tuple(sorted(huecos, key=lambda h: h.desde_ms - h.hasta_ms)[:_HUECOS_MAYORES]),
    )


def _error(codigo: str, tabla: Tabla, linea: int, queja: str, que_hacer: str = "") -> ErrorUsuario:
    return ErrorUsuario(codigo, f"{tabla.fila} {linea}: {queja}.", que_hacer, linea=linea)


def _precios(datos: Any, tabla: Tabla) -> None:
    pl = polars()
    columnas = PRECIOS_VELA if tabla.tipo == "velas" else ("precio",)
    posible = pl.all_horizontal(pl.col(c).is_finite() & (pl.col(c) > 0.0) for c in columnas)
    malas = datos.filter(~posible)
    if malas.height:
        valores = ", ".join(f"{c} {malas[c][0]}" for c in columnas)
        raise _error("DAT-05", tabla, malas["linea"][0], f"un precio no es positivo y finito ({valores})")
    otras = [c for c in ("compra", "venta", "volumen") if c in datos.columns]
    malas = datos.filter(~pl.all_horizontal(pl.col(c).is_finite() & (pl.col(c) >= 0.0) for c in otras))
    if malas.height:
        raise _error("DAT-05", tabla, malas["linea"][0], f"{' o '.join(otras)} no puede ser negativo ni infinito")
    if tabla.tipo == "velas":
        arriba, abajo = pl.max_horizontal("apertura", "cierre"), pl.min_horizontal("apertura", "cierre")
        malas = datos.filter((pl.col("maximo") < arriba) | (pl.col("minimo") > abajo))
        if malas.height:
            raise _error("DAT-05", tabla, malas["linea"][0], "el máximo o el mínimo no abarcan apertura y cierre")


def _ordenar(datos: Any, tabla: Tabla) -> tuple[Any, bool]:
    pasos = datos["epoch_ms"].diff().drop_nulls()
    if not (pasos < 0).any():
        return datos, False
    if (pasos <= 0).all():  # de la más nueva a la más vieja, como exportan muchas páginas
        return datos.reverse(), True
    i = int((pasos < 0).arg_max()) + 1
    raise _error(
        "DAT-06", tabla, datos["linea"][i], "su hora es anterior a la de la fila previa", "Ordene el fichero por fecha."
    )


def _sin_repetidos(datos: Any, tabla: Tabla) -> tuple[Any, int]:
    pl = polars()
    columnas = COLUMNAS[tabla.tipo]
    igual = pl.all_horizontal(pl.col(c) == pl.col(c).shift(1) for c in columnas).fill_null(value=False)
    unica = datos.filter(~igual)
    if tabla.tipo == "velas":
        choque = unica.filter((pl.col("epoch_ms") == pl.col("epoch_ms").shift(1)).fill_null(value=False))
        if choque.height:
            raise _error("DAT-07", tabla, choque["linea"][0], "repite la hora de otra vela con precios distintos")
    return unica, datos.height - unica.height


def _duracion(datos: Any, tabla: Tabla, pedida: int | None) -> int:
    pasos = datos["epoch_ms"].diff().drop_nulls()
    if pedida is None:
        if pasos.is_empty():
            raise ErrorUsuario("DAT-17", "Con una sola vela no se puede saber cuánto dura.", "Indique la duración.")
        pedida = int(pasos.mode().min()) // 1000
    # En velas diarias, un día local puede tener 23 horas.
    solapadas = pasos < pedida * 1000 if pedida < _DIA_S else pasos < (pedida - 3600) * 1000
    if pedida <= 0 or solapadas.any():
        linea = datos["linea"][int(solapadas.arg_max()) + 1] if not pasos.is_empty() else datos["linea"][0]
        raise _error("DAT-17", tabla, linea, f"la vela empieza antes de que acabe la anterior (velas de {pedida} s)")
    return pedida


def _hasta_ahora(datos: Any, tabla: Tabla, ahora_ms: int, duracion_s: int) -> Any:
    pl = polars()
    margen = 0 if duracion_s else _ADELANTO_TICK_MS
    futuras = datos.filter(pl.col("epoch_ms") > ahora_ms + margen)
    if futuras.height:
        raise _error("DAT-08", tabla, futuras["linea"][0], "su hora está en el futuro", "Revise el huso del fichero.")
    cerradas = datos.filter(pl.col("epoch_ms") + duracion_s * 1000 <= ahora_ms + margen)
    if cerradas.height == 0:
        raise ErrorUsuario("DAT-14", "No hay ninguna vela cerrada.")
    return cerradas


def _huecos(datos: Any, duracion_s: int) -> list[Hueco]:
    pl = polars()
    paso_ms = duracion_s * 1000
    tope = paso_ms or _HUECO_TICKS_MS
    filas = (
        datos.select(pl.col("epoch_ms").shift(1).alias("desde"), pl.col("epoch_ms").alias("hasta"))
        .drop_nulls()
        .filter(pl.col("hasta") - pl.col("desde") > tope)
    )
    return [Hueco(a, b, max(0, (b - a) // paso_ms - 1) if paso_ms else 0) for a, b in filas.iter_rows()]
