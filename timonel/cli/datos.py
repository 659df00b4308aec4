"""Las órdenes ``datos``: importar, descargar y enseñar series de ticks y velas."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from timonel.cli.salida import consola, emitir, hora, imprimir, numero, tabla

if TYPE_CHECKING:
    from integracion_deriv.cliente import ClienteDeriv

_JSON = typer.Option("--json", help="Un objeto JSON en la última línea.")
_REEMPLAZAR = typer.Option("--reemplazar", help="Sustituye la serie si ya está.")


def importar(
    fichero: Annotated[Path, typer.Argument(help="El fichero.")],
    simbolo: Annotated[str, typer.Argument(help="El activo: R_50, EURUSD…")],
    formato: Annotated[
        Literal["auto", "csv", "mt5", "parquet"], typer.Option("--formato", help="Cómo está escrito.")
    ] = "auto",
    huso: Annotated[str, typer.Option("--huso", metavar="ZONA", help="Zona de las horas que no la dicen.")] = "UTC",
    duracion: Annotated[
        int | None, typer.Option("--duracion", min=1, metavar="SEGUNDOS", help="La de las velas; sin ella, se deduce.")
    ] = None,
    reemplazar: Annotated[bool, _REEMPLAZAR] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Importa velas o ticks de CSV, de una exportación de MetaTrader 5 o de Parquet, y los comprueba."""
    from simulacion.datos.importar import importar as guardar
    from timonel.rutas import carpeta_datos

    resumen = _con_progreso(
        f"Importando {fichero.name}",
        lambda progreso: guardar(
            fichero, simbolo, formato, carpeta_datos(), progreso, huso=huso, duracion_s=duracion, reemplazar=reemplazar
        ),
    )
    _contar(resumen, json)


def descargar(
    simbolo: Annotated[str, typer.Argument(help="El activo de la sede.")],
    cuantos: Annotated[int, typer.Option("--cuantos", min=1, max=100_000, help="Cuántos ticks o velas.")] = 5000,
    velas: Annotated[
        int | None, typer.Option("--velas", metavar="SEGUNDOS", help="Velas de esta duración; sin ella, ticks.")
    ] = None,
    reemplazar: Annotated[bool, _REEMPLAZAR] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Descarga los últimos ticks o velas del historial de Deriv. Necesita credenciales y conexión."""
    from simulacion.datos.importar import importar_objetos
    from timonel.cli.conexion_deriv import con_cliente
    from timonel.rutas import carpeta_datos

    async def leer(cliente: "ClienteDeriv") -> Any:
        from integracion_deriv.mercado import MercadoDeriv

        mercado = MercadoDeriv(cliente)
        if velas is None:
            return await mercado.ticks_pasados(simbolo, cuantos)
        return await mercado.velas_pasadas(simbolo, velas, cuantos)

    resumen = _con_progreso(
        f"Descargando {simbolo}",
        lambda progreso: importar_objetos(con_cliente(leer), simbolo, carpeta_datos(), progreso, reemplazar=reemplazar),
    )
    _contar(resumen, json)


def lista(json: Annotated[bool, _JSON] = False) -> None:
    """Enseña las series guardadas: de qué, desde cuándo, cuántas filas y cuántos huecos."""
    from simulacion.datos.almacen import listar
    from timonel.rutas import carpeta_datos

    series = listar(carpeta_datos())
    if json:
        emitir({"series": series})
        return
    if not series:
        imprimir("No hay series guardadas. Use «timonel datos importar» o «timonel datos descargar».")
        return
    columnas = ("Activo", "Tipo", "Desde (UTC)", "Hasta (UTC)", "Filas", "Huecos")
    filas = (
        (
            serie.simbolo,
            f"velas de {serie.duracion_s} s" if serie.duracion_s else "ticks",
            hora(serie.desde),
            hora(serie.hasta),
            numero(serie.filas, 0),
            numero(serie.huecos, 0),
        )
        for serie in series
    )
    imprimir(tabla("Series guardadas", columnas, filas, derecha=("Filas", "Huecos")))


def _con_progreso(titulo: str, hacer: Any) -> Any:
    from rich.progress import Progress

    pantalla = consola(errores=True)
    with Progress(console=pantalla, transient=True, disable=not pantalla.is_terminal) as barra:
        tarea = barra.add_task(titulo, total=1.0)
        return hacer(lambda hecho, fase: barra.update(tarea, completed=hecho, description=f"{titulo}: {fase}"))


def _contar(resumen: Any, json: bool) -> None:
    if json:
        emitir(resumen)
        return
    tipo = f"velas de {resumen.duracion_s} s" if resumen.duracion_s else "ticks"
    imprimir(
        f"{numero(resumen.filas, 0)} {tipo} de {resumen.simbolo}, {hora(resumen.desde)} a {hora(resumen.hasta)} UTC."
    )
    quitadas = [
        (resumen.duplicadas, "repetidas"),
        (resumen.sin_cerrar, "sin cerrar"),
        (resumen.sin_precio, "sin precio"),
    ]
    if any(cuantas for cuantas, _ in quitadas):
        imprimir("Se quitaron: " + ", ".join(f"{numero(n, 0)} {que}" for n, que in quitadas if n) + ".")
    if resumen.huecos:
        imprimir(f"Hay {numero(resumen.huecos, 0)} huecos: no se rellenan.")
    for aviso in resumen.avisos:
        imprimir(aviso)
