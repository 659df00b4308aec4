"""``timonel operar``: uno o varios bots, cada uno en su proceso y vigilado."""

import asyncio
import os
import sys
from typing import Annotated, Any

import typer


def operar(
    bots: Annotated[list[str], typer.Argument(help="Nombres de los bots (ficheros de bots/).")],
    segundos: Annotated[float | None, typer.Option(min=1, help="Cuánto opera; sin él, hasta Ctrl-C.")] = None,
    directo: Annotated[bool, typer.Option("--directo", help="En este proceso, sin vigilante (un solo bot).")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un resumen JSON al final.")] = False,
) -> int:
    """Opera los bots que se nombren, según su fichero. Cada arranque dice qué va a operar y con qué límites."""
    from timonel.arranque import preparar

    preparar()
    from django.conf import settings

    from bots.ejecucion import advertencias, exigir_real
    from bots.registro import buscar_bot
    from dominio.errores import ErrorUsuario
    from timonel.cli.salida import avisar, emitir

    configuraciones = [buscar_bot(nombre, settings.DATOS) for nombre in dict.fromkeys(bots)]
    for config in configuraciones:
        exigir_real(config, os.environ.get("TIMONEL_PERMITIR_REAL") == "1")
        for linea in advertencias(config):
            avisar(linea)
    if directo or (segundos is not None and len(configuraciones) == 1):
        if len(configuraciones) > 1:
            raise ErrorUsuario("OPE-01", "Con --directo se opera un solo bot.", "Quite --directo o los demás bots.")
        resumen = _en_este_proceso(configuraciones[0], settings.DATOS, segundos)
        if json:
            emitir(resumen)
        return _sin_saldo(resumen)
    salidas = asyncio.run(_supervisados([config.nombre for config in configuraciones]))
    if json:
        emitir({"bots": salidas})
    return max(salidas.values(), default=0)


def _sin_saldo(resumen: dict[str, Any]) -> int:
    """Devuelve 1, y lo dice, si el bot acabó sin poder operar porque el monto no llega al mínimo de la sede."""
    from timonel.cli.salida import avisar

    if resumen["ciclo"] != "SIN_SALDO":
        return 0
    avisar(
        f"[SAL-01] Con un balance de {resumen['balance_final']} el monto no llega al mínimo de la sede: no se opera. "
        "Recargue la cuenta o suba regla.monto_pct (hasta 0,5)."
    )
    return 1


def _en_este_proceso(config: Any, datos: Any, segundos: float | None) -> dict[str, Any]:
    """Devuelve el resumen de un bot operado en este proceso."""
    from bots import ejecucion
    from bots.deriv.composicion import Montado, Piezas
    from bots.resumen import resumir
    from core.estado_bot import EstadoBot
    from dominio.azar import AzarSistema
    from dominio.reloj import RelojSistema
    from historial.ejecutores import HiloEscritor
    from integracion_deriv.config import desde_entorno
    from timonel.cli.salida import avisar
    from timonel.llaves import completar_entorno

    completar_entorno(os.environ, avisar)
    ejecutor = HiloEscritor()
    inicial: list[EstadoBot] = []

    def al_montar(montado: Montado) -> None:
        inicial.append(montado.bucle.estado)
        avisar(f"{config.nombre} listo en la cuenta {montado.ficha.cuenta}: {montado.bucle.estado.ciclo}.")

    try:
        montado = asyncio.run(
            ejecucion.operar(
                config,
                desde_entorno(entorno=config.entorno),
                Piezas(
                    reloj=RelojSistema(),
                    azar=AzarSistema(),
                    ejecutor=ejecutor,
                    datos=datos,
                    titular=ejecucion.titular(),
                ),
                segundos=segundos,
                al_avanzar=avisar,
                al_montar=al_montar,
            )
        )
    finally:
        ejecutor.cerrar()
    return {**resumir(config.nombre, inicial[0], montado.bucle.estado), "entorno": str(config.entorno).upper()}


async def _supervisados(nombres: list[str]) -> dict[str, int]:
    """Devuelve la última salida de cada bot; cada uno corre en su propio proceso y se reinicia si muere."""
    import signal

    from bots.supervisor import Suceso, Supervisor
    from dominio.reloj import RelojSistema
    from timonel.cli.salida import avisar

    async def lanzar(bot: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "timonel.cli", "operar", bot, "--directo", start_new_session=True
        )

    def contar(suceso: Suceso) -> None:
        avisar(f"{suceso.bot}: {suceso.que} {suceso.detalle:g}" if suceso.detalle else f"{suceso.bot}: {suceso.que}")

    supervisor = Supervisor(lanzar=lanzar, reloj=RelojSistema(), al_suceso=contar)
    bucle = asyncio.get_running_loop()
    for senal in (signal.SIGTERM, signal.SIGINT):
        bucle.add_signal_handler(senal, supervisor.parar)
    return await supervisor.correr(tuple(nombres))
