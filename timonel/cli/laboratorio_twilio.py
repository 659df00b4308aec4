"""La Twilio simulada de la orden ``laboratorio``: para probar los avisos sin cuenta y sin que salga ningún mensaje."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from timonel.cli.salida import SIMULADO, avisar, emitir, imprimir

if TYPE_CHECKING:
    from laboratorio.twilio import ServidorTwilio


async def atender(puerto: int, semilla: int, libro: Path | None, json: bool) -> None:
    """Atiende hasta que pidan parar. ``libro``: dónde se guarda lo aceptado; si ya existe, sigue de ahí."""
    from dominio.azar import AzarSemilla
    from dominio.reloj import RelojSistema
    from laboratorio.twilio import LibroTwilio, ServidorTwilio

    reloj = RelojSistema()
    servidor = ServidorTwilio(LibroTwilio(reloj, AzarSemilla(semilla), libro), reloj, azar=AzarSemilla(semilla))
    await servidor.iniciar(puerto=puerto)
    parar = asyncio.Event()
    with suppress(NotImplementedError):
        for senal in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(senal, parar.set)
    try:
        _anunciar(servidor, json)
        await parar.wait()
    finally:
        await servidor.detener()
    avisar(f"Laboratorio cerrado: {len(servidor.libro.mensajes)} mensajes en el libro.")


def _anunciar(servidor: "ServidorTwilio", json: bool) -> None:
    variables = servidor.variables()
    if json:
        emitir({"url": servidor.url, "cuenta": servidor.cuenta, "entorno": SIMULADO, "variables": variables})
        return
    imprimir(f"[{SIMULADO}] Twilio de laboratorio en {servidor.url}. En otra consola:")
    for nombre, valor in variables.items():
        imprimir(f"export {nombre}={valor}")
    imprimir("Después, «timonel avisos probar». Ctrl-C para cerrarla.")
