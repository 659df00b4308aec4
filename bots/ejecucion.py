"""Corre un bot hasta que se le pida acabar: señales del sistema, credencial revocada o tiempo cumplido."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bots.anclas import anclar_ahora, anclar_siempre
from bots.deriv.composicion import Montado, Piezas, montar
from bots.deriv.parametros import parametros_senales
from bots.mandos import MandosDelBot
from bots.procesos import borrar_pid, escribir_pid
from bots.registro import bot_vigente
from core.configuracion import ConfigBot
from dominio.errores import ErrorConfiguracion, ErrorDetener
from dominio.instrumentos import Entorno
from integracion_deriv.config import ConfigDeriv

ESPERA_FINAL_S = 45.0


def exigir_real(config: ConfigBot, permitido: bool) -> None:
    """Raises ErrorConfiguracion (REAL-01) si el bot pide dinero real y no se ha permitido por segunda vez."""
    if config.entorno is Entorno.REAL and not permitido:
        raise ErrorConfiguracion(
            "REAL-01",
            f"{config.nombre} pide dinero real y no está permitido.",
            "Si es lo que quiere, ponga TIMONEL_PERMITIR_REAL=1 además de «entorno: real».",
        )


def comprobada(nombre: str, datos: Path, permitido_real: bool) -> ConfigBot:
    """Devuelve la configuración vigente de un bot, lista para operar. Lee la base.

    Raises:
        ErrorUsuario: BOT-01 si no existe. ErrorConfiguracion: CFG-01 a CFG-05, SEN-01 o REAL-01.
    """
    config = bot_vigente(nombre, datos)
    exigir_real(config, permitido_real)
    parametros_senales(config)
    return config


def advertencias(config: ConfigBot) -> tuple[str, ...]:
    """Devuelve lo que se imprime en cada arranque: qué se va a operar, con qué límites y qué se acepta."""
    marca = {Entorno.SIMULADO: "SIMULADO", Entorno.PAPEL: "PAPEL", Entorno.DEMO: "DEMO", Entorno.REAL: "DINERO REAL"}
    regla = config.regla
    lineas = [
        f"[{marca[config.entorno]}] {config.nombre}: {', '.join(config.activos)}.",
        f"Monto {regla.monto_pct} %, meta {regla.meta_pct} %, stop {regla.stop_pct} %; pausa {config.pausa.horas:g} h.",
    ]
    if not config.exige_ventaja:
        lineas.append("Opera aunque se espere perder: en índices sintéticos ninguna señal tiene ventaja demostrada.")
    return tuple(lineas)


async def operar(
    config: ConfigBot,
    conexion: ConfigDeriv,
    piezas: Piezas,
    *,
    segundos: float | None = None,
    al_avanzar: Callable[[str], None] = lambda _texto: None,
    al_montar: Callable[[Montado], None] = lambda _montado: None,
    mandos: MandosDelBot | None = None,
) -> Montado:
    """Devuelve el bot cuando acabó con calma. Con ``mandos``, obedece mientras corre lo que se le pida.

    Raises:
        ErrorDetener: credencial revocada, solo cuentas reales o mando perdido. ErrorServicio: la sede no responde.
    """
    montado = await montar(config, conexion, piezas, al_avanzar)
    al_montar(montado)
    bucle = asyncio.get_running_loop()
    plazo = asyncio.timeout(None if segundos is None else segundos + ESPERA_FINAL_S)
    acabar = _acabador(montado, mandos)
    _escuchar(montado, _terminador(acabar, plazo))  # antes de anunciarse: sin quien la atienda, mataría el proceso
    escribir_pid(piezas.datos, config.nombre)
    alarma = None if segundos is None else bucle.call_later(segundos, acabar)
    fatal = asyncio.create_task(_vigilar_cliente(montado))
    trabajo = asyncio.create_task(montado.bucle.correr())
    anclas = asyncio.create_task(anclar_siempre(piezas.ejecutor, piezas.datos, piezas.reloj))
    memoria = asyncio.create_task(montado.aprendido.guardar_siempre())
    latidos = asyncio.create_task(montado.latidos.siempre())
    obediencia = asyncio.create_task(_obedecer(mandos, montado))
    try:
        async with plazo:
            await trabajo
    except TimeoutError:
        if not plazo.expired():
            raise  # es de dentro: el bot falló
        # lo que quede abierto se liquida en el próximo arranque: está en la base
    finally:
        if alarma is not None:
            alarma.cancel()  # de este bot: si se recarga, el siguiente lleva la suya
        tareas = (fatal, trabajo, anclas, memoria, latidos, obediencia)
        for tarea in tareas:
            tarea.cancel()
        await asyncio.gather(*tareas, return_exceptions=True)
        with suppress(OSError):
            await montado.aprendido.guardar()
        await montado.cerrar()
        borrar_pid(piezas.datos, config.nombre)
    await anclar_ahora(piezas.ejecutor, piezas.datos, piezas.reloj)
    return montado


async def operar_y_obedecer(
    config: ConfigBot,
    conectar: Callable[[ConfigBot], ConfigDeriv],
    piezas: Piezas,
    mandos: MandosDelBot,
    *,
    segundos: float | None = None,
    al_avanzar: Callable[[str], None] = lambda _texto: None,
    al_montar: Callable[[Montado], None] = lambda _montado: None,
) -> Montado:
    """Devuelve el bot cuando acabó. Si se le pide reconfigurar, acaba su contrato, recarga y sigue en este proceso.

    Raises:
        Lo mismo que ``operar``.
    """
    limite = None if segundos is None else piezas.reloj.monotonico() + segundos
    anterior: Montado | None = None

    def al_montarlo(montado: Montado) -> None:
        # Lo que se le mandó al proceso vale también para el bot recargado: mientras se montaba, las señales las atendía
        # todavía el anterior.
        if anterior is not None and anterior.freno.con_senal:
            montado.freno.detener()
        if anterior is not None and mandos.pedido == "salir":
            montado.bucle.terminar()
        al_montar(montado)

    while True:
        quedan = None if limite is None else max(0.0, limite - piezas.reloj.monotonico())
        montado = await operar(
            config,
            conectar(config),
            piezas,
            segundos=quedan,
            al_avanzar=al_avanzar,
            al_montar=al_montarlo,
            mandos=mandos,
        )
        if mandos.pedido != "reconfigurar" or mandos.nueva is None or quedan == 0.0:
            return montado
        config, anterior = mandos.nueva, montado
        al_avanzar(f"{config.nombre}: recarga su configuración")


async def _obedecer(mandos: MandosDelBot | None, montado: Montado) -> None:
    if mandos is not None:
        await mandos.obediencia(montado.bucle).obedecer_siempre()


async def _vigilar_cliente(montado: Montado) -> None:
    try:
        await montado.cliente.terminado()
    except ErrorDetener as motivo:
        montado.bucle.detenerse(motivo)


def _acabador(montado: Montado, mandos: MandosDelBot | None) -> Callable[[], None]:
    """Devuelve lo que pide acabar con calma y para no seguir."""

    def acabar() -> None:
        if mandos is not None:
            mandos.salir()
        montado.bucle.terminar()

    return acabar


def _terminador(acabar: Callable[[], None], plazo: asyncio.Timeout) -> Callable[[], None]:
    """Devuelve lo que hace una señal de acabar: la primera, con calma; la segunda, ya (la sede puede no volver)."""
    pedidas = 0

    def terminar() -> None:
        nonlocal pedidas
        pedidas += 1
        acabar()
        if pedidas > 1:
            plazo.reschedule(asyncio.get_running_loop().time())

    return terminar


def _escuchar(montado: Montado, terminar: Callable[[], None]) -> None:
    """SIGTERM y SIGINT acaban con calma y, repetidas, ya. SIGUSR1 detiene las entradas; SIGUSR2 olvida esa señal.

    Donde el sistema no tiene estas señales (Windows) quedan la base y el fichero bandera.
    """
    bucle = asyncio.get_running_loop()
    acciones = {
        "SIGTERM": terminar,
        "SIGINT": terminar,
        "SIGUSR1": montado.freno.detener,
        "SIGUSR2": montado.freno.soltar,
    }
    for nombre, accion in acciones.items():
        with suppress(NotImplementedError, RuntimeError, ValueError, AttributeError):
            bucle.add_signal_handler(getattr(signal, nombre), accion)


def al_pedir_salir(acabar: Callable[[], None]) -> None:
    """Hace que SIGTERM y SIGINT llamen a ``acabar`` mientras no haya un bot que las atienda."""
    bucle = asyncio.get_running_loop()
    for nombre in ("SIGTERM", "SIGINT"):
        with suppress(NotImplementedError, RuntimeError, ValueError, AttributeError):
            bucle.add_signal_handler(getattr(signal, nombre), acabar)


def titular() -> str:
    """Devuelve el nombre de este proceso como titular del arriendo."""
    return f"{os.uname().nodename if hasattr(os, 'uname') else 'equipo'}:{os.getpid()}"


def carpeta(datos: str | Path) -> Path:
    """Devuelve la carpeta de datos, creada si hacía falta."""
    ruta = Path(datos)
    ruta.mkdir(parents=True, exist_ok=True)
    return ruta
