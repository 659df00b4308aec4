"""Lectura de ficheros: CSV de cualquier separador, exportación de MT5 (velas y ticks) y Parquet, a columnas comunes."""

import io
from pathlib import Path
from typing import Any

from dominio.errores import ErrorUsuario
from simulacion.datos.columnas import detectar
from simulacion.datos.tiempos import a_ms
from simulacion.datos.tipos import COLUMNAS, FORMATOS, Tabla, polars

_SEPARADORES = ("\t", ";", ",", "|")


def leer(ruta: Path, formato: str, huso: str) -> Tabla:
    """Devuelve la tabla del fichero con tiempos en ms UTC y números, sin comprobar todavía los valores.

    Raises:
        ErrorUsuario: DAT-01 si no se puede leer, DAT-02 si el formato no existe, DAT-03 si no se reconocen las
        columnas,
            DAT-04 si una fecha o un número no se entienden (con su línea), DAT-14 si está vacío, DAT-16 si una línea no
            tiene los campos de la cabecera.
    """
    if formato not in FORMATOS:
        raise ErrorUsuario("DAT-02", f"No existe el formato «{formato}».", f"Los hay: {', '.join(FORMATOS)}.")
    try:
        contenido = ruta.read_bytes()
    except OSError as fallo:
        raise ErrorUsuario("DAT-01", f"No se puede leer {ruta.name}.", "Compruebe la ruta y los permisos.") from fallo
    if not contenido.strip():
        raise ErrorUsuario("DAT-14", f"{ruta.name} está vacío.")
    if formato == "parquet" or (formato == "auto" and contenido[:4] == b"PAR1"):
        cruda, real, fila = _parquet(contenido, ruta.name), "parquet", "fila"
    else:
        texto = _decodificar(contenido, ruta.name)
        real = "mt5" if formato == "mt5" or (formato == "auto" and texto.lstrip().startswith("<DATE>")) else "csv"
        cruda, fila = _texto(texto, ruta.name), "línea"
    return _normalizar(cruda, real, fila, huso)


def _parquet(contenido: bytes, nombre: str) -> Any:
    pl = polars()
    try:
        datos = pl.read_parquet(io.BytesIO(contenido))
    except (pl.exceptions.PolarsError, OSError) as fallo:
        raise ErrorUsuario("DAT-01", f"{nombre} no es un Parquet legible.", "Vuelva a exportarlo.") from fallo
    return datos.with_row_index("_linea", offset=1)


def _decodificar(contenido: bytes, nombre: str) -> str:
    # MT5 exporta en UTF-16 desde algunas ventanas y en UTF-8 desde otras.
    if contenido[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return contenido.decode("utf-16")
    try:
        return contenido.decode("utf-8-sig")
    except UnicodeDecodeError as fallo:
        linea = contenido[: fallo.start].count(b"\n") + 1
        raise ErrorUsuario("DAT-01", f"{nombre}, línea {linea}: no es texto UTF-8.", "Guárdelo como UTF-8.") from fallo


def _texto(texto: str, nombre: str) -> Any:
    pl = polars()
    # Las líneas en blanco de delante se conservan en la cuenta para que los avisos digan la línea verdadera.
    saltadas = len(texto) - len(texto.lstrip("\r\n"))
    previas = texto[:saltadas].count("\n")
    texto = texto[saltadas:]
    cabecera = texto.split("\n", 1)[0]
    separador = max(_SEPARADORES, key=cabecera.count)
    if cabecera.count(separador) == 0:
        raise ErrorUsuario("DAT-03", f"{nombre}: la primera línea no tiene columnas separadas.", "Revise el separador.")
    try:
        datos = pl.read_csv(io.BytesIO(texto.encode()), separator=separador, infer_schema=False)
    except pl.exceptions.PolarsError as fallo:
        raise _linea_rota(texto, separador, previas, nombre) from fallo
    if datos.height == 0:
        raise ErrorUsuario("DAT-14", f"{nombre} no tiene más que la cabecera.")
    datos = datos.with_row_index("_linea", offset=2 + previas)
    return datos.filter(~pl.all_horizontal(pl.all().exclude("_linea").is_null()))


def _linea_rota(texto: str, separador: str, previas: int, nombre: str) -> ErrorUsuario:
    campos = texto.split("\n", 1)[0].count(separador)
    for numero, linea in enumerate(texto.split("\n"), start=1 + previas):
        if linea.strip() and linea.count(separador) > campos:
            return ErrorUsuario(
                "DAT-16",
                f"{nombre}, línea {numero}: tiene {linea.count(separador) + 1} campos y la cabecera {campos + 1}.",
                "Si los decimales van con coma, separe las columnas con punto y coma.",
            )
    return ErrorUsuario("DAT-01", f"{nombre} no se puede leer como tabla.", "Revise comillas y separadores.")


def _normalizar(cruda: Any, formato: str, fila: str, huso: str) -> Tabla:
    pl = polars()
    tipo, papeles = detectar([c for c in cruda.columns if c != "_linea"])
    tiempo = cruda[papeles["tiempo"]]
    if "hora" in papeles:
        tiempo = cruda.select(pl.concat_str([papeles["tiempo"], papeles["hora"]], separator=" ")).to_series()
    ms = a_ms(tiempo, huso)
    _exigir(cruda, ms, tiempo, fila, "no es una fecha que se entienda; use AAAA-MM-DD HH:MM:SS o epoch")
    datos = pl.DataFrame({"linea": cruda["_linea"].cast(pl.Int64), "epoch_ms": ms})
    opcionales = {"volumen"} | ({"precio", "compra", "venta"} if formato == "mt5" and tipo == "ticks" else set())
    for papel in COLUMNAS[tipo][1:]:
        if papel in papeles:
            valores = _numeros(cruda, papeles[papel], fila, vacio_vale=papel in opcionales)
            datos = datos.with_columns(valores.alias(papel))
    tabla = Tabla(datos=datos, tipo=tipo, formato=formato, fila=fila)
    if tipo == "ticks":
        _completar_ticks(tabla)
    if "volumen" not in tabla.datos.columns:
        tabla.datos = tabla.datos.with_columns(pl.lit(0.0).alias("volumen"))
    tabla.datos = tabla.datos.with_columns(pl.col("volumen").fill_null(0.0)).select("linea", *COLUMNAS[tipo])
    if formato == "mt5" and huso == "UTC":
        tabla.avisos.append("MT5 exporta en la hora del servidor del bróker: si no es UTC, indique su huso.")
    return tabla


def _numeros(cruda: Any, columna: str, fila: str, *, vacio_vale: bool) -> Any:
    pl = polars()
    original = cruda[columna]
    if original.dtype == pl.String:
        limpio = original.str.strip_chars()
        if limpio.str.contains(r"^[+-]?\d+,\d+$").any():
            limpio = limpio.str.replace(",", ".", literal=True)
        limpio = limpio.set(limpio == "", None)
        valores = limpio.cast(pl.Float64, strict=False)
        _exigir(
            cruda.filter(limpio.is_not_null()),
            valores.filter(limpio.is_not_null()),
            limpio.drop_nulls(),
            fila,
            f"no es un número (columna «{columna}»)",
        )
    else:
        valores = original.cast(pl.Float64, strict=False)
    if not vacio_vale:
        _exigir(cruda, valores, original, fila, f"falta el valor de la columna «{columna}»")
    return valores


def _exigir(cruda: Any, valores: Any, originales: Any, fila: str, queja: str) -> None:
    malos = valores.is_null()
    if malos.any():
        i = malos.arg_max()
        texto = originales[i]
        dicho = "" if texto is None else f"«{str(texto)[:40]}» "
        raise ErrorUsuario("DAT-04", f"{fila} {cruda['_linea'][i]}: {dicho}{queja}.", "Corrija el fichero y repita.")


def _completar_ticks(tabla: Tabla) -> None:
    """Arrastra las puntas que MT5 deja en blanco cuando no cambian y saca el precio (último, medio o el que haya)."""
    pl = polars()
    datos = tabla.datos
    puntas = [c for c in ("compra", "venta") if c in datos.columns]
    if tabla.formato == "mt5":
        datos = datos.with_columns(pl.col(c).forward_fill() for c in puntas)
    medio: Any = sum(pl.col(c) for c in puntas) / max(1, len(puntas))
    if "precio" not in datos.columns:
        datos = datos.with_columns(medio.alias("precio"))
    elif tabla.formato == "mt5" and puntas:
        datos = datos.with_columns(pl.when(pl.col("precio") > 0.0).then("precio").otherwise(medio).alias("precio"))
    con_precio = datos.filter(pl.col("precio").is_not_null())
    tabla.sin_precio = datos.height - con_precio.height
    faltan = [pl.lit(0.0).alias(c) for c in ("compra", "venta") if c not in datos.columns]
    tabla.datos = con_precio.with_columns(faltan).with_columns(pl.col("compra", "venta").fill_null(0.0))
