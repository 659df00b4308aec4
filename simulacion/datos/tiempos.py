"""Tiempos de un fichero a milisegundos UTC: epoch de cualquier unidad, ISO con o sin zona, y el «2024.11.14» de MT5."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dominio.errores import ErrorUsuario
from simulacion.datos.tipos import polars

# Antes de 1990 no es un epoch: es un «20241114» que, tomado por segundos, daría 1970 sin avisar.
_MINIMO_MS = 631_152_000_000
# Orden de magnitud → por cuánto se multiplica para tener ms: segundos, milisegundos, microsegundos, nanosegundos.
_ESCALAS = ((1e11, 1e3), (1e14, 1.0), (1e17, 1e-3))


def comprobar_huso(huso: str) -> str:
    """Devuelve el huso si existe.

    Raises:
        ErrorUsuario: DAT-15 si no.
    """
    try:
        ZoneInfo(huso)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fallo:
        raise ErrorUsuario("DAT-15", f"«{huso}» no es un huso horario.", "Ejemplo: Europe/Athens o UTC.") from fallo
    return huso


def a_ms(serie: Any, huso: str) -> Any:
    """Devuelve la serie de polars como Int64 de ms UTC; nulo donde no se entiende. Sin zona, se lee en ``huso``.

    Una hora que el cambio de horario repite o se salta también queda nula: no se adivina.
    """
    pl = polars()
    tipo = serie.dtype
    if tipo == pl.Date:
        serie = serie.cast(pl.Datetime("ms"))
    if isinstance(serie.dtype, pl.Datetime):
        return _de_fechas(serie, huso)
    if tipo.is_numeric():
        return _de_numeros(serie.cast(pl.Float64))
    return _de_texto(serie.cast(pl.String), huso)


def _de_fechas(serie: Any, huso: str) -> Any:
    if serie.dtype.time_zone is None:
        serie = serie.dt.replace_time_zone(huso, ambiguous="null", non_existent="null")
    return serie.dt.epoch("ms")


def _de_numeros(serie: Any) -> Any:
    pl = polars()
    tabla = pl.DataFrame({"n": serie})
    n = pl.col("n")
    ms = pl.when(n.is_nan()).then(None)
    for tope, factor in _ESCALAS:
        ms = ms.when(n.abs() < tope).then(n * factor)
    en_ms = tabla.select(ms.otherwise(n * 1e-6).round(0).cast(pl.Int64, strict=False)).to_series()
    return en_ms.set(en_ms < _MINIMO_MS, None)


def _de_texto(serie: Any, huso: str) -> Any:
    pl = polars()
    numeros = serie.str.strip_chars().cast(pl.Float64, strict=False)
    if numeros.null_count() == serie.null_count():
        return _de_numeros(numeros)
    limpia = (
        serie.str.strip_chars()
        .str.replace(r"^(\d{4})[./](\d{1,2})[./](\d{1,2})", "$1-$2-$3")
        .str.replace("T", " ", literal=True)
        .str.replace(r"\s*(Z|UTC)$", "+00:00")
    )
    con_zona = limpia.str.contains(r"[ ].*[+-]\d\d:?\d\d$").fill_null(value=False)
    texto = pl.DataFrame({"t": limpia, "z": con_zona})
    naive = _probar(pl.col("t"), ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d"))
    zonal = _probar(pl.col("t"), ("%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M%z")).dt.epoch("ms")
    local = naive.dt.replace_time_zone(huso, ambiguous="null", non_existent="null").dt.epoch("ms")
    return texto.select(pl.when(pl.col("z")).then(zonal).otherwise(local)).to_series()


def _probar(columna: Any, formatos: tuple[str, ...]) -> Any:
    pl = polars()
    intentos = []
    for formato in formatos:
        if formato == "%Y-%m-%d":
            intentos.append(columna.str.to_date(formato, strict=False).cast(pl.Datetime("ms")))
        else:
            intentos.append(columna.str.to_datetime(formato, strict=False, time_unit="ms"))
    return pl.coalesce(intentos)
