"""``timonel simular avisos``: la bandeja de avisos con todo muriendo por el camino."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

_CIFRAS = (
    "eventos", "avisos", "aceptados_en_libro", "repetidos", "perdidos", "no_entregables", "reinicios", "segundos",
)  # fmt: skip


def avisos(
    eventos: Annotated[int, typer.Option(min=1, help="Sucesos de los que hay que avisar.")] = 1000,
    semilla: Annotated[int, typer.Option(help="Semilla de los fallos de la cuenta.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON al final.")] = False,
) -> int:
    """Dos despachadores compiten mientras mueren Redis y ellos mismos; el libro de la cuenta dice si algo se repitió.

    Todo en este equipo, con una base y una cuenta de Twilio provisionales: no avisa a nadie. Sale con 1 si algún aviso
    se repitió o se perdió.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from timonel.cli.salida import consola
    from timonel.cli.simular import _base_provisional, _informar

    columnas = (TextColumn("Avisos"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="timonel-avisos-") as carpeta:
        _base_provisional(Path(carpeta))
        from timonel.ensayos.avisos import ensayar

        with Progress(*columnas, console=consola(errores=True), transient=True) as barra:
            tarea = barra.add_task("", total=eventos)
            resultado: dict[str, Any] = ensayar(
                carpeta=Path(carpeta),
                eventos=eventos,
                semilla=semilla,
                al_avanzar=lambda hechos: barra.update(tarea, completed=min(hechos, eventos)),
            )
    _informar(resultado, json, "Avisos contra la cuenta de laboratorio", _CIFRAS)
    return int(bool(resultado["violaciones"]))
