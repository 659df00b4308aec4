"""``timonel simular dia``: un día entero del bot, pausa y mejor hora incluidas, con sus avisos."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

_CIFRAS = (
    "pausado_en",
    "reanuda_en",
    "entra_en",
    "operando_en",
    "ordenes_en_sede_durante_pausa",
    "ordenes_en_sede",
    "ficticias",
    "ficticias_ganadas",
    "mejor_hora",
    "zona",
    "veredicto",
)


def dia(
    velocidad: Annotated[
        float | None,
        typer.Option("--velocidad", min=1, help="Segundos virtuales por segundo real, como mucho. Sin ella, sin tope."),
    ] = None,
    semilla: Annotated[int, typer.Option(help="Semilla del mercado.")] = 1,
    horas: Annotated[float, typer.Option("--horas", min=0.1, max=168, help="Lo que dura la pausa.")] = 24.0,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON al final.")] = False,
) -> int:
    """Del stop a volver a operar: 24 h de pausa con entradas ficticias, la mejor hora y un aviso en cada paso.

    Todo por sockets contra sedes de laboratorio y con una base provisional. Sale con 1 si algo no fue como debe.
    """
    from timonel.cli.simular import _base_provisional, _informar

    with tempfile.TemporaryDirectory(prefix="timonel-dia-") as carpeta:
        _base_provisional(Path(carpeta))
        resultado = _correr(Path(carpeta), velocidad, semilla, horas)
    mensajes = resultado["mensajes"]
    _informar(resultado, json, "Un día con su pausa", _CIFRAS)
    if not json:
        from timonel.cli.salida import imprimir, tabla

        filas = [(m["plantilla"], m["destinatario"], m["veces"]) for m in mensajes]
        imprimir(tabla("Mensajes según quien los recibe", ("Aviso", "Destino", "Veces"), filas, derecha=("Veces",)))
    return int(bool(resultado["violaciones"]))


def _correr(carpeta: Path, velocidad: float | None, semilla: int, horas: float) -> dict[str, Any]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from historial.ejecutores import EnLinea
    from simulacion.bucles import RelojDeBucle, correr
    from timonel.cli.salida import consola
    from timonel.ensayos.dia import ensayar
    from timonel.ensayos.mensajero import abrir_mensajero

    columnas = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columnas, console=consola(errores=True), transient=True) as barra:
        tarea = barra.add_task("OPERANDO", total=horas * 3600)

        async def principal() -> dict[str, Any]:
            reloj = RelojDeBucle(asyncio.get_running_loop())
            with abrir_mensajero(reloj) as mensajero:
                return await ensayar(
                    semilla=semilla,
                    datos=carpeta,
                    reloj=reloj,
                    ejecutor=EnLinea(),
                    mensajero=mensajero,
                    horas=horas,
                    al_avanzar=lambda ciclo, segundos: barra.update(
                        tarea, completed=min(segundos, horas * 3600), description=f"{ciclo} {segundos / 3600:.1f} h"
                    ),
                )

        return correr(principal(), velocidad=velocidad)
