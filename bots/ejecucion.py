"""Corre un bot hasta que se le pida acabar: señales del sistema, credencial revocada o tiempo cumplido."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bots.anclas import anclar_ahora, anclar_siempre
from bots.deriv.composicion import Montado, Piezas, montar
from bots.procesos import borrar_pid, escribir_pid
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
) -> Montado:
    """Devuelve el bot cuando acabó con calma.

    Raises:
        ErrorDetener: credencial revocada, solo cuentas reales o mando perdido. ErrorServicio: la sede no responde.
    """
    montado = await montar(config, conexion, piezas, al_avanzar)
    al_montar(montado)
    bucle = asyncio.get_running_loop()
    plazo = asyncio.timeout(None if segundos is None else segundos + ESPERA_FINAL_S)
    _escuchar(montado, _terminador(montado, plazo))  # antes de anunciarse: sin quien la atienda, mataría el proceso
    escribir_pid(piezas.datos, config.nombre)
    if segundos is not None:
        bucle.call_later(segundos, montado.bucle.terminar)
    fatal = asyncio.create_task(_vigilar_cliente(montado))
    trabajo = asyncio.create_task(montado.bucle.correr())
    anclas = asyncio.create_task(anclar_siempre(piezas.ejecutor, piezas.datos, piezas.reloj))
    memoria = asyncio.create_task(montado.aprendido.guardar_siempre())
    latidos = asyncio.create_task(montado.latidos.siempre())
    try:
        async with plazo:
            await trabajo
    except TimeoutError:
        if not plazo.expired():
            raise  # es de dentro: el bot falló
        # lo que quede abierto se liquida en el próximo arranque: está en la base
    finally:
        tareas = (fatal, trabajo, anclas, memoria, latidos)
        for tarea in tareas:
            tarea.cancel()
        await asyncio.gather(*tareas, return_exceptions=True)
        with suppress(OSError):
            await montado.aprendido.guardar()
        await montado.cerrar()
        borrar_pid(piezas.datos, config.nombre)
    await anclar_ahora(piezas.ejecutor, piezas.datos, piezas.reloj)
    return montado


async def _vigilar_cliente(montado: Montado) -> None:
    try:
        await montado.cliente.terminado()
    except ErrorDetener as motivo:
        montado.bucle.detenerse(motivo)


def _terminador(montado: Montado, plazo: asyncio.Timeout) -> Callable[[], None]:
    """Devuelve lo que hace una orden de acabar: la primera, con calma; la segunda, ya (la sede puede no volver)."""
    pedidas = 0

    def terminar() -> None:
        nonlocal pedidas
        pedidas += 1
        montado.bucle.terminar()
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


def titular() -> str:
    """Devuelve el nombre de este proceso como titular del arriendo."""
    return f"{os.uname().nodename if hasattr(os, 'uname') else 'equipo'}:{os.getpid()}"


def carpeta(datos: str | Path) -> Path:
    """Devuelve la carpeta de datos, creada si hacía falta."""
    ruta = Path(datos)
    ruta.mkdir(parents=True, exist_ok=True)
    return ruta
