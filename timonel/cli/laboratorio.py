"""La orden ``laboratorio``: una Deriv (o una Twilio) simulada en este equipo, para apuntar a ella cualquier bot."""

import asyncio
import signal
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from timonel.cli.salida import SIMULADO, avisar, emitir, imprimir

if TYPE_CHECKING:
    from dominio.reloj import Reloj
    from laboratorio.deriv import ServidorDeriv

TOKEN = "clave-de-laboratorio"  # noqa: S105 - solo la entiende la sede simulada de este equipo
CUENTA = "DOT90000001"
DECIMALES_GRABACION = 2


class Servicio(StrEnum):
    """Lo que se puede levantar."""

    DERIV = "deriv"
    TWILIO = "twilio"


def laboratorio(
    servicio: Annotated[Servicio, typer.Argument(metavar="SERVICIO", help="deriv o twilio.")] = Servicio.DERIV,
    puerto: Annotated[int, typer.Option("--puerto", min=0, max=65535, help="0 elige uno libre.")] = 0,
    semilla: Annotated[int, typer.Option("--semilla", help="La del mercado simulado.")] = 1,
    velocidad: Annotated[
        float | None, typer.Option("--velocidad", min=0.1, help="Segundos simulados por segundo; sin ella, hora real.")
    ] = None,
    reproducir: Annotated[
        Path | None, typer.Option("--reproducir", metavar="FICHERO", help="Ticks grabados en Parquet.")
    ] = None,
    simbolo: Annotated[str, typer.Option("--simbolo", help="El activo de la grabación.")] = "R_50",
    decimales: Annotated[int, typer.Option("--decimales", min=0, max=8, help="Los de la grabación.")] = 4,
    balance: Annotated[int, typer.Option("--balance", min=1, help="Con cuánto nace la cuenta, en USD.")] = 10_000,
    libro: Annotated[
        Path | None, typer.Option("--libro", metavar="FICHERO", help="Guarda aquí cuentas y contratos, y sigue de ahí.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Levanta una Deriv simulada en este equipo y atiende hasta Ctrl-C. Nada de lo que pasa en ella es real.

    Con «twilio», la API de mensajes de Twilio: guarda lo que acepta (--libro) y nada sale de este equipo. Dice primero
    las direcciones y las variables de entorno que hay que exportar para operar contra ella.
    """
    if servicio is Servicio.TWILIO:
        from timonel.cli.laboratorio_twilio import atender

        with suppress(asyncio.CancelledError):
            asyncio.run(atender(puerto, semilla, libro, json))
        return
    from simulacion.bucles import correr

    opciones = {
        "puerto": puerto,
        "semilla": semilla,
        "reproducir": (reproducir, simbolo, decimales) if reproducir else None,
        "balance": balance,
        "libro": libro,
        "json": json,
    }
    with suppress(asyncio.CancelledError):
        correr(_atender(velocidad is not None, opciones), virtual=velocidad is not None, velocidad=velocidad)


async def _atender(simulado: bool, opciones: dict[str, Any]) -> None:
    from dominio.reloj import RelojSistema
    from simulacion.bucles import RelojDeBucle

    bucle = asyncio.get_running_loop()
    reloj: Reloj = RelojDeBucle(bucle, RelojSistema().epoch_ms()) if simulado else RelojSistema()
    servidor = _servidor(reloj, opciones)
    await servidor.iniciar(puerto=opciones["puerto"])
    parar = asyncio.Event()
    with suppress(NotImplementedError):
        for senal in (signal.SIGINT, signal.SIGTERM):
            bucle.add_signal_handler(senal, parar.set)
    try:
        _anunciar(servidor, opciones["json"])
        await _latir(parar)
    finally:
        await servidor.detener()
    avisar("Laboratorio cerrado.")


async def _latir(parar: asyncio.Event) -> None:
    """Espera a que pidan parar; el despertar regular deja avanzar al tiempo simulado cuando no hay nadie."""
    while not parar.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await parar.wait()


def _servidor(reloj: "Reloj", opciones: dict[str, Any]) -> "ServidorDeriv":
    from dominio.azar import AzarSemilla
    from laboratorio.deriv import ServidorDeriv
    from simulacion.mercado_sintetico import MercadoSintetico
    from simulacion.reproduccion import MercadoGrabado
    from simulacion.sedes.deriv import LibroDeriv

    ahora_s, semilla = reloj.epoch_ms() // 1000, opciones["semilla"]
    if opciones["reproducir"]:
        ruta, simbolo, decimales = opciones["reproducir"]
        mercado: Any = MercadoGrabado.desde_parquet(ruta, simbolo, decimales=decimales, empieza_s=ahora_s)
    else:
        mercado = MercadoSintetico(semilla, _ancla(opciones["libro"], ahora_s))
    libro = LibroDeriv(mercado, reloj, AzarSemilla(semilla), ruta=opciones["libro"])
    libro.crear_cuenta(CUENTA, balance=opciones["balance"], token=TOKEN)
    return ServidorDeriv(libro, reloj, azar=AzarSemilla(f"servidor-{semilla}"))


def _ancla(libro: Path | None, ahora_s: int) -> int:
    """Devuelve cuándo nació el mercado: con un libro guardado, la misma hora, y lo abierto liquida igual."""
    if libro is None:
        return ahora_s
    ruta = libro.with_suffix(".ancla")
    with suppress(OSError, ValueError):
        return int(ruta.read_text(encoding="ascii"))
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(str(ahora_s), encoding="ascii")
    return ahora_s


def _anunciar(servidor: "ServidorDeriv", json: bool) -> None:
    variables = {
        "TIMONEL_DERIV_REST_URL": servidor.url_rest,
        "TIMONEL_DERIV_WS_URL": servidor.url_ws,
        "TIMONEL_DERIV_TOKEN": TOKEN,
        "TIMONEL_DERIV_APP_ID": "1",
        "TIMONEL_DERIV_CUENTA": CUENTA,
    }
    if json:
        emitir(
            {
                "url_rest": servidor.url_rest,
                "url_ws": servidor.url_ws,
                "cuenta": CUENTA,
                "entorno": SIMULADO,
                "variables": variables,
            }
        )
        return
    imprimir(f"[{SIMULADO}] Sede de laboratorio en {servidor.url_rest}. En otra consola:")
    for nombre, valor in variables.items():
        imprimir(f"export {nombre}={valor}")
    imprimir("Ctrl-C para cerrarla.")
