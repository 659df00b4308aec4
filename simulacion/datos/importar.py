"""Importación de series: de un fichero o de objetos Tick o Vela al almacén, comprobadas."""

from collections.abc import Iterable
from pathlib import Path

from dominio.errores import ErrorUsuario
from dominio.reloj import Reloj, RelojSistema, de_epoch_ms
from dominio.velas import Tick, Vela
from simulacion.datos import almacen
from simulacion.datos.lectura import leer
from simulacion.datos.tiempos import comprobar_huso
from simulacion.datos.tipos import COLUMNAS, Progreso, ResumenImportacion, Tabla, polars, sin_progreso
from simulacion.datos.validacion import comprobar


def importar(
    ruta: Path,
    simbolo: str,
    formato: str,
    carpeta: Path,
    progreso: Progreso = sin_progreso,
    *,
    huso: str = "UTC",
    duracion_s: int | None = None,
    reemplazar: bool = False,
    reloj: Reloj | None = None,
) -> ResumenImportacion:
    """Importa velas o ticks de un fichero y devuelve el resumen de lo guardado en ``<carpeta>/mercado``.

    ``formato``: «auto», «csv», «mt5» o «parquet». ``huso``: el de las horas sin zona (en MT5, el del servidor del
    bróker). ``duracion_s``: la de las velas; sin ella, el paso más frecuente. ``progreso`` recibe (fracción hecha,
    fase).

    Raises:
        ErrorUsuario: DAT-01…DAT-17, cada uno con la línea del fichero cuando la hay.
    """
    almacen.nombre_serie(simbolo, "ticks", 0)  # un símbolo imposible se dice antes de leer nada
    comprobar_huso(huso)
    progreso(0.0, "leer")
    tabla = leer(ruta, formato, huso)
    return _guardar(tabla, simbolo, ruta.name, carpeta, progreso, duracion_s, reemplazar, reloj or RelojSistema())


def importar_objetos(
    elementos: Iterable[Tick] | Iterable[Vela],
    simbolo: str,
    carpeta: Path,
    progreso: Progreso = sin_progreso,
    *,
    origen: str = "historia de la sede",
    reemplazar: bool = False,
    reloj: Reloj | None = None,
) -> ResumenImportacion:
    """Importa la historia que dio una sede (Tick o Vela, de un solo símbolo) y devuelve el resumen.

    Raises:
        ErrorUsuario: DAT-14 si no hay elementos, DAT-18 si mezcla clases, símbolos o duraciones; y los de ``importar``.
    """
    almacen.nombre_serie(simbolo, "ticks", 0)
    progreso(0.0, "leer")
    lista: list[Tick | Vela] = list(elementos)
    if not lista:
        raise ErrorUsuario("DAT-14", f"La sede no dio ningún dato de {simbolo}.")
    clases = {(type(e), e.simbolo, getattr(e, "duracion_s", 0)) for e in lista}
    if len(clases) != 1 or lista[0].simbolo != simbolo:
        raise ErrorUsuario("DAT-18", f"Los datos no son todos de {simbolo}, de una clase y de una duración.")
    tipo = "velas" if isinstance(lista[0], Vela) else "ticks"
    columnas = {c: [getattr(e, c, 0.0) for e in lista] for c in COLUMNAS[tipo]}
    datos = polars().DataFrame(columnas).with_row_index("linea", offset=1)
    tabla = Tabla(datos=datos, tipo=tipo, formato="sede", fila="elemento")
    duracion = getattr(lista[0], "duracion_s", None)
    return _guardar(tabla, simbolo, origen, carpeta, progreso, duracion, reemplazar, reloj or RelojSistema())


def _guardar(
    tabla: Tabla,
    simbolo: str,
    origen: str,
    carpeta: Path,
    progreso: Progreso,
    duracion_s: int | None,
    reemplazar: bool,
    reloj: Reloj,
) -> ResumenImportacion:
    progreso(0.5, "comprobar")
    comprobada = comprobar(tabla, reloj.epoch_ms(), duracion_s)
    progreso(0.8, "guardar")
    datos = comprobada.datos
    avisos = list(tabla.avisos)
    if comprobada.invertida:
        avisos.append("Venía de la más nueva a la más vieja: se ha dado la vuelta.")
    resumen = ResumenImportacion(
        simbolo=simbolo,
        tipo=tabla.tipo,
        duracion_s=comprobada.duracion_s,
        origen=origen,
        formato=tabla.formato,
        desde=de_epoch_ms(datos["epoch_ms"][0]),
        hasta=de_epoch_ms(datos["epoch_ms"][-1]),
        filas=datos.height,
        duplicadas=comprobada.duplicadas,
        sin_cerrar=comprobada.sin_cerrar,
        sin_precio=tabla.sin_precio,
        invertida=comprobada.invertida,
        huecos=comprobada.huecos,
        huecos_mayores=comprobada.huecos_mayores,
        avisos=tuple(avisos),
        fichero="",
        sha256="",
        importado_en=reloj.ahora(),
    )
    final = almacen.guardar(datos, resumen, carpeta, reemplazar=reemplazar)
    progreso(1.0, "listo")
    return final
