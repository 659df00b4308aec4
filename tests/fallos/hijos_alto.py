"""Los procesos de R16: la sede, que puede empezar a contestar 5xx, y el operador, con el reloj acelerado de los dos.

``python -m tests.fallos.hijos_alto (sede|operador) JSON``.
"""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from dominio.reloj import RelojEscalado

ACTIVOS = ("1HZ10V", "1HZ25V", "1HZ50V")
TOKEN = "clave-de-ensayo-r16"
CUENTA = "DOT00000016"


def sede(datos: dict[str, Any]) -> None:
    """Sirve hasta SIGTERM y deja los envíos que recibió. SIGUSR1: desde ahí su REST contesta 5xx; SIGUSR2: ya no."""
    from dominio.azar import AzarSemilla
    from laboratorio.deriv import ServidorDeriv
    from laboratorio.deriv.nombres_fallos import ERROR_REST
    from simulacion.bucles import correr
    from simulacion.mercado_sintetico import MercadoSintetico
    from simulacion.sedes.deriv import LibroDeriv

    reloj = RelojEscalado(**datos["hora"])
    libro = LibroDeriv(MercadoSintetico(16, reloj.epoch_ms() // 1000, ACTIVOS), reloj, AzarSemilla(16))
    libro.crear_cuenta(CUENTA, token=TOKEN)

    async def servir() -> None:
        servidor = ServidorDeriv(libro, reloj, azar=AzarSemilla(17), v3="no", presupuestos=False)
        await servidor.iniciar()
        fin, bucle = asyncio.Event(), asyncio.get_running_loop()
        bucle.add_signal_handler(signal.SIGTERM, fin.set)
        bucle.add_signal_handler(signal.SIGUSR1, lambda: servidor.fallos.programar(ERROR_REST, 10_000, estado=503))
        bucle.add_signal_handler(signal.SIGUSR2, servidor.fallos.desarmar)
        anotar = asyncio.create_task(_anotar(libro, Path(datos["envios"])))
        sys.stdout.write(servidor.url_rest + "\n")
        sys.stdout.flush()
        await fin.wait()
        anotar.cancel()
        await servidor.detener()

    correr(servir(), factor=datos["hora"]["factor"])
    _guardar(libro, Path(datos["envios"]))


async def _anotar(libro: Any, ruta: Path) -> None:
    while True:
        _guardar(libro, ruta)
        await asyncio.sleep(0.5)


def _guardar(libro: Any, ruta: Path) -> None:
    provisional = ruta.with_suffix(".tmp")
    provisional.write_bytes(msgspec.json.encode(libro.envios))
    provisional.replace(ruta)


def operador(datos: dict[str, Any]) -> None:
    """Opera sin parar, como ``timonel operar``: con su fichero de proceso, sus señales y su hilo escritor."""
    from timonel.arranque import preparar

    preparar(migrar=False)
    from bots import ejecucion
    from bots.deriv.composicion import Piezas
    from dominio.azar import AzarSemilla
    from dominio.instrumentos import Entorno
    from historial.ejecutores import HiloEscritor
    from integracion_deriv.config import ConfigDeriv
    from simulacion.bucles import correr
    from tests.fallos.banco import configurar

    reloj, carpeta = RelojEscalado(**datos["hora"]), Path(datos["datos"])
    senales = {"ticks_calentamiento": 300, "peso_velas": 0.0}
    config = configurar(carpeta, ACTIVOS, regla={"stop_pct": "50"}, senales=senales)
    conexion = ConfigDeriv.crear(url_rest=datos["url"], app_id="1", token=TOKEN, entorno=Entorno.SIMULADO)
    ejecutor = HiloEscritor()
    piezas = Piezas(
        reloj=reloj,
        azar=AzarSemilla(16),
        ejecutor=ejecutor,
        datos=carpeta,
        titular=ejecucion.titular(),
        pausa=timedelta(0),
    )
    try:
        correr(ejecucion.operar(config, conexion, piezas), factor=datos["hora"]["factor"])
    finally:
        ejecutor.cerrar()


if __name__ == "__main__":
    {"sede": sede, "operador": operador}[sys.argv[1]](json.loads(sys.argv[2]))
