"""La orden ``exportar``: el historial de operaciones en un CSV."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dominio.errores import ErrorUsuario
from timonel.cli.salida import consola, emitir, imprimir, numero

ZONA = "America/Bogota"


def exportar(
    bot: Annotated[str | None, typer.Option("--bot", help="Solo las de este bot.")] = None,
    activo: Annotated[str | None, typer.Option("--activo", help="Solo las de este activo.")] = None,
    desde: Annotated[str | None, typer.Option("--desde", metavar="FECHA", help="Desde esta fecha, incluida.")] = None,
    hasta: Annotated[str | None, typer.Option("--hasta", metavar="FECHA", help="Hasta esta fecha, incluida.")] = None,
    ficticias: Annotated[bool, typer.Option("--ficticias", help="Solo las ficticias.")] = False,
    reales: Annotated[bool, typer.Option("--reales", help="Solo las que se enviaron a una sede.")] = False,
    salida: Annotated[Path | None, typer.Option("--salida", metavar="FICHERO", help="Dónde guardar el CSV.")] = None,
    zona: Annotated[str, typer.Option("--zona", metavar="ZONA", help="Zona de las fechas que se dan.")] = ZONA,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Guarda las operaciones en CSV. Las horas del fichero van en UTC; sin --salida, el CSV sale por pantalla."""
    from timonel.cli.fechas import leer_fecha

    if ficticias and reales:
        raise ErrorUsuario("USO-06", "--ficticias y --reales no van juntas.", "Quite una; sin ninguna, salen todas.")
    if json and salida is None:
        raise ErrorUsuario("USO-06", "--json necesita --salida.", "Diga en qué fichero guardar el CSV.")
    inicio, fin = leer_fecha(desde, "--desde", zona), leer_fecha(hasta, "--hasta", zona, fin=True)
    if inicio and fin and inicio >= fin:
        raise ErrorUsuario("USO-10", "--desde es posterior a --hasta.", "Cambie una de las dos fechas.")

    from timonel.arranque import preparar

    preparar()
    from historial.csv_operaciones import exportar as volcar
    from historial.selectors import Filtro

    ficticia = True if ficticias else False if reales else None
    _exigir_bot(bot)
    filtro = Filtro(bot=bot, activo=activo, desde=inicio, hasta=fin, ficticia=ficticia)
    if salida is None:
        volcar(filtro)
        return
    hecho = _con_progreso(volcar, filtro, salida)
    if json:
        emitir({"filas": hecho.filas, "columnas": hecho.columnas, "salida": str(salida.resolve())})
    else:
        imprimir(f"{numero(hecho.filas, 0)} operaciones en {salida}.")


def _exigir_bot(bot: str | None) -> None:
    """Raises ErrorUsuario (BOT-01) si nadie conoce ese bot: un CSV vacío por una errata engaña."""
    from bots.registro import bot_vigente
    from historial.models import Operacion
    from timonel.rutas import carpeta_datos

    datos = carpeta_datos()
    if bot is None or Operacion.objects.filter(bot=bot).exists():
        return
    bot_vigente(bot, datos)


def _con_progreso(volcar: Any, filtro: Any, salida: Path) -> Any:
    from rich.progress import Progress

    from historial.selectors import filtradas

    pantalla = consola(errores=True)
    with Progress(console=pantalla, transient=True, disable=not pantalla.is_terminal) as barra:
        tarea = barra.add_task("Exportando", total=filtradas(filtro).count())
        return volcar(filtro, salida, lambda filas: barra.update(tarea, completed=filas))
