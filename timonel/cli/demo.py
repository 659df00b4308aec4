"""``timonel demo``: el bot opera a la vista contra una sede simulada, y el panel se abre al lado."""

import asyncio
from typing import Annotated, Any

import typer


def demo(
    segundos: Annotated[float | None, typer.Option(min=1, help="Cuánto dura; sin él, hasta Ctrl-C.")] = None,
    semilla: Annotated[int | None, typer.Option(help="Semilla del mercado simulado; sin ella, una al azar.")] = None,
    nueva: Annotated[bool, typer.Option("--nueva", help="Empieza de cero aunque haya una interrumpida.")] = False,
    sin_panel: Annotated[bool, typer.Option("--sin-panel", help="Solo el terminal.")] = False,
    puerto: Annotated[
        int | None, typer.Option(min=0, max=65535, help="El del panel; sin él, 8000 o uno libre si está ocupado.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Sin vista: un resumen JSON al final.")] = False,
) -> None:
    """Un bot opera, a la vista, contra una sede simulada en este equipo, con su panel. Sin cuentas ni dinero.

    Si la anterior se interrumpió a medias, continúa donde estaba.
    """
    from timonel.arranque import preparar

    preparar()
    from django.conf import settings

    from dominio.reloj import RelojSistema
    from historial.ejecutores import HiloEscritor
    from timonel.cli.salida import emitir

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
        resumen = asyncio.run(_con_panel(opciones, None if sin_panel else puerto, sin_panel=sin_panel, json=json))
    finally:
        ejecutor.cerrar()
    if json:
        emitir(resumen)
    else:
        _despedirse(resumen)


async def _con_panel(opciones: dict[str, Any], puerto: int | None, *, sin_panel: bool, json: bool) -> dict[str, Any]:
    """Devuelve el resumen; con panel, ``panel`` dice su dirección y su enlace (None si ya hay quien puede entrar)."""
    from timonel.cli.demo_panel import PanelDeDemo
    from timonel.cli.salida import avisar

    if json:
        avisar("[SIMULADO] Sede de laboratorio en este equipo; sin dinero real.")
    if sin_panel:
        return await (_callada(opciones) if json else _mirar(opciones, ""))
    async with PanelDeDemo(opciones["datos"], puerto) as panel:
        avisar(panel.presentacion())
        resumen = await (_callada(opciones) if json else _mirar(opciones, panel.url))
    return {**resumen, "panel": {"url": panel.url, "enlace": panel.enlace}}


async def _callada(opciones: dict[str, Any]) -> dict[str, Any]:
    from bots.demo import correr_demo
    from timonel.cli.salida import avisar

    return await correr_demo(**opciones, al_avanzar=avisar)


def _despedirse(resumen: dict[str, Any]) -> None:
    from timonel.cli.salida import dinero, imprimir

    imprimir(
        f"[SIMULADO] {resumen['contratos']} operaciones: {resumen['ganados']} ganadas, {resumen['perdidos']} perdidas. "
        f"Resultado {dinero(resumen['beneficio_total'], 'USD', signo=True)}; "
        f"balance {dinero(resumen['balance_final'], 'USD')}."
    )


async def _mirar(opciones: dict[str, Any], panel: str) -> dict[str, Any]:
    """Corre la demostración y refresca la pantalla dos veces por segundo."""
    from rich.live import Live
    from rich.text import Text

    from bots.demo import BOT, Escena, correr_demo
    from bots.registro import bot_vigente
    from timonel.cli.salida import consola
    from timonel.cli.vista import Vista, ultimas_operaciones

    with Live(Text("Preparando la sede de laboratorio…"), console=consola(), auto_refresh=False) as pantalla:
        tareas: list[asyncio.Task[None]] = []

        async def refrescar(escena: Escena) -> None:
            config = await opciones["ejecutor"](bot_vigente, BOT, opciones["datos"])
            vista = Vista(escena, opciones["reloj"], config, panel)
            ficha = escena.montado.ficha
            while True:
                vista.operaciones = await opciones["ejecutor"](ultimas_operaciones, ficha.bot, ficha.cuenta)
                pantalla.update(vista.componer(), refresh=True)
                await asyncio.sleep(0.5)

        def al_avanzar(texto: str) -> None:
            pantalla.update(Text(f"[SIMULADO] Preparando: {texto}…"), refresh=True)

        def al_empezar(escena: Escena) -> None:
            for tarea in tareas:  # recargado: la vista del de antes ya no vale
                tarea.cancel()
            tareas.append(asyncio.create_task(refrescar(escena)))

        try:
            return await correr_demo(**opciones, al_avanzar=al_avanzar, al_empezar=al_empezar)
        finally:
            for tarea in tareas:
                tarea.cancel()
            await asyncio.gather(*tareas, return_exceptions=True)
