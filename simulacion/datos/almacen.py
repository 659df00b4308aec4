"""El almacén: un Parquet por serie y a su lado un JSON que dice de dónde salió y su suma SHA-256.

Todo bajo ``<carpeta>/mercado/``. Las escrituras son atómicas (fichero aparte y cambio de nombre): un corte deja la
serie de antes o la nueva, nunca media; si quedara el JSON viejo con el Parquet nuevo, la suma lo delata al leer.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dominio.errores import ErrorUsuario
from dominio.velas import Tick, Vela
from simulacion.datos.tipos import ResumenImportacion, polars

_SIMBOLO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._#-]{0,39}")
_BLOQUE = 50_000


def carpeta_mercado(carpeta: Path) -> Path:
    """Devuelve dónde se guardan las series de una carpeta de datos (TIMONEL_DATOS)."""
    return carpeta / "mercado"


def nombre_serie(simbolo: str, tipo: str, duracion_s: int) -> str:
    """Devuelve el nombre del fichero de una serie.

    Raises:
        ErrorUsuario: DAT-11 si el símbolo no vale como nombre.
    """
    if not _SIMBOLO.fullmatch(simbolo):
        raise ErrorUsuario("DAT-11", f"«{simbolo}» no vale como símbolo.", "Use hasta 40 letras, cifras y . _ # -.")
    return f"{simbolo}_velas_{duracion_s}s.parquet" if tipo == "velas" else f"{simbolo}_ticks.parquet"


def guardar(datos: Any, resumen: ResumenImportacion, carpeta: Path, *, reemplazar: bool) -> ResumenImportacion:
    """Escribe la serie y su ficha, y devuelve el resumen con nombre y suma.

    Raises:
        ErrorUsuario: DAT-10 si ya existe y no se pidió reemplazarla; DAT-01 si no se puede escribir.
    """
    destino = carpeta_mercado(carpeta) / nombre_serie(resumen.simbolo, resumen.tipo, resumen.duracion_s)
    if destino.exists() and not reemplazar:
        raise ErrorUsuario(
            "DAT-10", f"Ya hay datos en {destino.name}.", "Pida que se reemplacen o impórtelos con otro símbolo."
        )
    temporal = destino.with_suffix(".parquet.nuevo")
    ficha = destino.with_suffix(".json.nuevo")
    try:
        destino.parent.mkdir(parents=True, exist_ok=True)
        datos.write_parquet(temporal, compression="zstd")
        final = msgspec.structs.replace(resumen, fichero=destino.name, sha256=_suma(temporal))
        ficha.write_bytes(msgspec.json.format(msgspec.json.encode(final), indent=2))
        _sincronizar(temporal)
        temporal.replace(destino)
        ficha.replace(destino.with_suffix(".json"))
    except OSError as fallo:
        queja = f"No se puede escribir en {destino.parent}."
        raise ErrorUsuario("DAT-01", queja, "Compruebe permisos y espacio.") from fallo
    finally:
        temporal.unlink(missing_ok=True)
        ficha.unlink(missing_ok=True)
    return final


def listar(carpeta: Path) -> tuple[ResumenImportacion, ...]:
    """Devuelve las fichas de lo guardado, por nombre; una ficha ilegible o sin Parquet no sale."""
    fichas = []
    for ruta in sorted(carpeta_mercado(carpeta).glob("*.json")):
        try:
            ficha = msgspec.json.decode(ruta.read_bytes(), type=ResumenImportacion)
        except (OSError, msgspec.MsgspecError):
            continue
        if (ruta.parent / ficha.fichero).is_file():
            fichas.append(ficha)
    return tuple(fichas)


def leer_tabla(carpeta: Path, simbolo: str, duracion_s: int = 0, *, comprobar: bool = True) -> Any:
    """Devuelve la serie como tabla de polars; ``duracion_s`` 0 son ticks. ``comprobar`` verifica la suma.

    Raises:
        ErrorUsuario: DAT-12 si no está, DAT-13 si el fichero no es el que se importó.
    """
    ruta = carpeta_mercado(carpeta) / nombre_serie(simbolo, "velas" if duracion_s else "ticks", duracion_s)
    if not ruta.is_file():
        que = f"velas de {duracion_s} s" if duracion_s else "ticks"
        raise ErrorUsuario("DAT-12", f"No hay {que} de {simbolo} guardados.", "Impórtelos primero.")
    if comprobar:
        _comprobar_suma(ruta)
    return polars().read_parquet(ruta)


def leer_velas(carpeta: Path, simbolo: str, duracion_s: int) -> Iterator[Vela]:
    """Da las velas guardadas, de la más vieja a la más nueva, sin tenerlas todas como objetos a la vez."""
    tabla = leer_tabla(carpeta, simbolo, duracion_s)
    columnas = ("epoch_ms", "apertura", "maximo", "minimo", "cierre", "volumen")
    for bloque in tabla.select(columnas).iter_slices(_BLOQUE):
        for epoch, apertura, maximo, minimo, cierre, volumen in bloque.iter_rows():
            yield Vela(simbolo, epoch, duracion_s, apertura, maximo, minimo, cierre, volumen)


def leer_ticks(carpeta: Path, simbolo: str) -> Iterator[Tick]:
    """Da los ticks guardados, del más viejo al más nuevo."""
    for bloque in leer_tabla(carpeta, simbolo).select("epoch_ms", "precio", "compra", "venta").iter_slices(_BLOQUE):
        for epoch, precio, compra, venta in bloque.iter_rows():
            yield Tick(simbolo, epoch, precio, compra, venta)


def _comprobar_suma(ruta: Path) -> None:
    try:
        ficha = msgspec.json.decode(ruta.with_suffix(".json").read_bytes(), type=ResumenImportacion)
    except (OSError, msgspec.MsgspecError) as fallo:
        raise ErrorUsuario("DAT-13", f"{ruta.name} no tiene su ficha.", "Vuelva a importarlo.") from fallo
    if ficha.sha256 != _suma(ruta):
        raise ErrorUsuario("DAT-13", f"{ruta.name} no es el fichero que se importó.", "Vuelva a importarlo.")


def _suma(ruta: Path) -> str:
    with ruta.open("rb") as fichero:
        return hashlib.file_digest(fichero, "sha256").hexdigest()


def _sincronizar(ruta: Path) -> None:
    with ruta.open("rb") as fichero:
        os.fsync(fichero.fileno())
