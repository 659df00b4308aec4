"""``timonel operar``: uno o varios bots, cada uno en su proceso, vigilado y atento a lo que se pida desde el panel."""

import asyncio
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer


def operar(
    bots: Annotated[
        list[str] | None, typer.Argument(help="Nombres de los bots; con --esperar se puede callar.", show_default=False)
    ] = None,
    segundos: Annotated[float | None, typer.Option(min=1, help="Cuánto opera; sin él, hasta Ctrl-C.")] = None,
    directo: Annotated[bool, typer.Option("--directo", help="En este proceso, sin vigilante (un solo bot).")] = False,
    esperar: Annotated[
        bool, typer.Option("--esperar", help="Sigue atento a las órdenes del panel aunque no corra ninguno.")
    ] = False,
    supervisado: Annotated[bool, typer.Option("--supervisado", hidden=True)] = False,
    json: Annotated[bool, typer.Option("--json", help="Un resumen JSON al final.")] = False,
) -> int:
    """Opera los bots que se nombren, según su fichero y lo fijado en el panel. Cada arranque dice con qué límites.

    Con --esperar y sin nombres, arranca y para los que se pidan desde el panel.
    """
    from dominio.errores import ErrorUsuario
    from timonel.arranque import preparar

    nombres = list(dict.fromkeys(bots or ()))
    if not nombres and not esperar:
        raise ErrorUsuario("USO-03", "Falta «BOTS».", "Nombre uno, o use --esperar.")
    if esperar and (directo or segundos is not None):
        raise ErrorUsuario("USO-06", "--esperar no va con --directo ni con --segundos.", "Quite una de las opciones.")
    preparar()
    from django.conf import settings

    from bots.ejecucion import advertencias
    from timonel.cli.salida import avisar, emitir

    configuraciones = [_comprobada(nombre, settings.DATOS) for nombre in nombres]
    for config in configuraciones:
        for linea in advertencias(config):
            avisar(linea)
    if directo or (segundos is not None and len(configuraciones) == 1):
        if len(configuraciones) > 1:
            raise ErrorUsuario("OPE-01", "Con --directo se opera un solo bot.", "Quite --directo o los demás bots.")
        with _trabajos(supervisado):
            resumen = _en_este_proceso(configuraciones[0], settings.DATOS, segundos, supervisado)
        if json:
            emitir(resumen)
        return _sin_saldo(resumen)
    with _trabajos(False):
        salidas = asyncio.run(_supervisados(tuple(nombres), settings.DATOS, esperar))
    if json:
        emitir({"bots": salidas})
    return max(salidas.values(), default=0)


def _comprobada(nombre: str, datos: Path) -> Any:
    """Devuelve la configuración vigente, o lanza lo que impide operar con ella."""
    from bots.ejecucion import comprobada

    return comprobada(nombre, datos, os.environ.get("TIMONEL_PERMITIR_REAL") == "1")


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


def _en_este_proceso(config: Any, datos: Path, segundos: float | None, supervisado: bool) -> dict[str, Any]:
    """Devuelve el resumen de un bot operado en este proceso."""
    from bots import ejecucion
    from bots.deriv.composicion import Montado, Piezas
    from bots.mandos import MandosDelBot
    from bots.resumen import resumir
    from core.configuracion import ConfigBot
    from core.estado_bot import EstadoBot
    from dominio.azar import AzarSistema
    from integracion_deriv.config import ConfigDeriv, desde_entorno
    from timonel.cli.salida import avisar

    costuras = _costuras(datos)
    inicial: list[EstadoBot] = []

    def al_montar(montado: Montado) -> None:
        inicial.append(montado.bucle.estado)
        avisar(f"{config.nombre} listo en la cuenta {montado.ficha.cuenta}: {montado.bucle.estado.ciclo}.")

    def conectar(vigente: ConfigBot) -> ConfigDeriv:
        return desde_entorno(entorno=vigente.entorno)

    def releer() -> ConfigBot:
        nueva = ejecucion.comprobada(config.nombre, datos, os.environ.get("TIMONEL_PERMITIR_REAL") == "1")
        conectar(nueva)  # sin credenciales para lo nuevo no se deja lo viejo
        return nueva

    try:
        montado = asyncio.run(
            ejecucion.operar_y_obedecer(
                config,
                conectar,
                Piezas(
                    reloj=costuras.reloj,
                    azar=AzarSistema(),
                    ejecutor=costuras.ejecutor,
                    datos=datos,
                    titular=costuras.quien,
                ),
                MandosDelBot(config.nombre, costuras, releer, supervisado=supervisado),
                segundos=segundos,
                al_avanzar=avisar,
                al_montar=al_montar,
            )
        )
    finally:
        costuras.ejecutor.cerrar()
    return {**resumir(config.nombre, inicial[0], montado.bucle.estado), "entorno": str(config.entorno).upper()}


def _trabajos(supervisado: bool) -> AbstractContextManager[Any]:
    """Devuelve los trabajos de fondo (avisos, cuentas…); los de un bot supervisado son cosa del supervisor."""
    from timonel.trabajos import TrabajosEmbebidos

    return nullcontext() if supervisado else TrabajosEmbebidos()


def _costuras(datos: Path) -> Any:
    from bots.ejecucion import titular
    from bots.mandos import Costuras
    from dominio.reloj import RelojSistema
    from historial.ejecutores import HiloEscritor

    return Costuras(quien=titular(), datos=datos, ejecutor=HiloEscritor(), reloj=RelojSistema())


async def _supervisados(nombres: tuple[str, ...], datos: Path, esperar: bool) -> dict[str, int]:
    """Devuelve la última salida de cada bot; cada uno corre en su propio proceso y se reinicia si muere."""
    import signal

    from bots.mandos import del_supervisor
    from bots.supervisor import Suceso, Supervisor
    from timonel.cli.salida import avisar

    async def lanzar(bot: str) -> asyncio.subprocess.Process:
        orden = ("-m", "timonel.cli", "operar", bot, "--directo", "--supervisado")
        return await asyncio.create_subprocess_exec(sys.executable, *orden, start_new_session=True)

    def contar(suceso: Suceso) -> None:
        avisar(f"{suceso.bot}: {suceso.que} {suceso.detalle:g}" if suceso.detalle else f"{suceso.bot}: {suceso.que}")

    costuras = _costuras(datos)
    supervisor = Supervisor(lanzar=lanzar, reloj=costuras.reloj, al_suceso=contar)
    bucle = asyncio.get_running_loop()
    for senal in (signal.SIGTERM, signal.SIGINT):
        bucle.add_signal_handler(senal, supervisor.parar)
    atento = del_supervisor(supervisor, nombres, costuras, lambda bot: _comprobada(bot, datos))
    obediencia = asyncio.create_task(atento.obedecer_siempre())
    if esperar:
        avisar("Atento a las órdenes del panel. Ctrl-C para acabar.")
    try:
        return await supervisor.correr(nombres, esperar=esperar)
    finally:
        obediencia.cancel()
        await asyncio.gather(obediencia, return_exceptions=True)
        costuras.ejecutor.cerrar()
