"""``timonel demo``: el bot opera a la vista contra una sede simulada en este equipo."""

import asyncio
from typing import Annotated, Any

import typer


def demo(
    segundos: Annotated[float | None, typer.Option(min=1, help="Cuánto dura; sin él, hasta Ctrl-C.")] = None,
    semilla: Annotated[int | None, typer.Option(help="Semilla del mercado simulado; sin ella, una al azar.")] = None,
    nueva: Annotated[bool, typer.Option("--nueva", help="Empieza de cero aunque haya una interrumpida.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Sin vista: un resumen JSON al final.")] = False,
) -> None:
    """Un bot opera, a la vista, contra una sede simulada en este equipo. Sin cuentas ni dinero.

    Si la anterior se interrumpió a medias, continúa donde estaba.
    """
    from timonel.arranque import preparar

    preparar()
    from django.conf import settings

    from bots.demo import correr_demo
    from dominio.reloj import RelojSistema
    from historial.ejecutores import HiloEscritor
    from timonel.cli.salida import avisar, emitir

    reloj, ejecutor = RelojSistema(), HiloEscritor()
    opciones: dict[str, Any] = {
        "datos": settings.DATOS,
        "reloj": reloj,
        "ejecutor": ejecutor,
        "semilla": semilla,
        "segundos": segundos,
        "nueva": nueva,
    }
    try:
        if json:
            avisar("[SIMULADO] Sede de laboratorio en este equipo; sin dinero real.")
            emitir(asyncio.run(correr_demo(**opciones, al_avanzar=avisar)))
        else:
            _a_la_vista(opciones)
    finally:
        ejecutor.cerrar()


def _a_la_vista(opciones: dict[str, Any]) -> None:
    from timonel.cli.salida import dinero, imprimir

    resumen = asyncio.run(_mirar(opciones))
    imprimir(
        f"[SIMULADO] {resumen['contratos']} operaciones: {resumen['ganados']} ganadas, {resumen['perdidos']} perdidas. "
        f"Resultado {dinero(resumen['beneficio_total'], 'USD', signo=True)}; "
        f"balance {dinero(resumen['balance_final'], 'USD')}."
    )


async def _mirar(opciones: dict[str, Any]) -> dict[str, Any]:
    """Corre la demostración y refresca la pantalla dos veces por segundo."""
    from rich.live import Live
    from rich.text import Text

    from bots.demo import BOT, Escena, correr_demo
    from bots.registro import buscar_bot
    from timonel.cli.salida import consola
    from timonel.cli.vista import Vista, ultimas_operaciones

    config = buscar_bot(BOT, opciones["datos"])
    with Live(Text("Preparando la sede de laboratorio…"), console=consola(), auto_refresh=False) as pantalla:
        tareas: list[asyncio.Task[None]] = []

        async def refrescar(escena: Escena) -> None:
            vista = Vista(escena, opciones["reloj"], config)
            ficha = escena.montado.ficha
            while True:
                vista.operaciones = await opciones["ejecutor"](ultimas_operaciones, ficha.bot, ficha.cuenta)
                pantalla.update(vista.componer(), refresh=True)
                await asyncio.sleep(0.5)

        def al_avanzar(texto: str) -> None:
            pantalla.update(Text(f"[SIMULADO] Preparando: {texto}…"), refresh=True)

        try:
            return await correr_demo(
                **opciones,
                al_avanzar=al_avanzar,
                al_empezar=lambda escena: tareas.append(asyncio.create_task(refrescar(escena))),
            )
        finally:
            for tarea in tareas:
                tarea.cancel()
