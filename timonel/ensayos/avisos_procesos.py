"""Los procesos del ensayo de avisos: la cuenta de Twilio de laboratorio y un despachador sin Celery.

``python -m timonel.ensayos.avisos_procesos (cuenta|despachador) …``. Cada uno muere con SIGTERM; la cuenta deja
entonces su libro, que es el que dice qué se aceptó.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from dominio.azar import AzarSemilla
from dominio.reloj import RelojSistema
from laboratorio.twilio import nombres_fallos as nombres

# Los tiempos de la bandeja, acortados: todo corre en este equipo y con la misma hora.
RAPIDA = {
    "empezar_s": 1.5,
    "reclamo_s": 8.0,
    "buscar_tras_s": 0.5,
    "lista_s": 4.0,
    "margen_s": 4.0,
    "retroceso_s": 0.3,
    "retroceso_max_s": 3.0,
    "parado_s": 2.0,
    "intentos_max": 30,
    "repetir_s": (3600.0,),
    "consultar_s": (0.5, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
}
PLAZO_HTTP_S = 1.0
TURNO_S = 4.0
SORTEADOS = (*nombres.PASAJEROS, nombres.LISTA_503, nombres.FUERA_DE_VENTANA)
IMPOSIBLES = (nombres.DESTINO, nombres.BAJA, nombres.NO_UNIDO)
P_POR_MENSAJE = 0.004
PARADAS = 2


async def cuenta(semilla: int, libro_json: Path) -> None:
    """Sirve la cuenta hasta SIGTERM, con fallos sorteados, y guarda su libro. Dice su dirección en la primera línea."""
    from laboratorio.twilio import LibroTwilio, ServidorTwilio

    libro = LibroTwilio(RelojSistema(), AzarSemilla(f"libro-{semilla}"), ruta=libro_json)
    servidor = ServidorTwilio(libro, azar=AzarSemilla(f"twilio-{semilla}"), avisar=False, entrega_s=(0.05, 0.05, None))
    servidor.fallos.sorteo_por_contrato(P_POR_MENSAJE, (*SORTEADOS, *IMPOSIBLES), AzarSemilla(f"sorteo-{semilla}"))
    fin = asyncio.Event()
    bucle = asyncio.get_running_loop()
    bucle.add_signal_handler(signal.SIGTERM, fin.set)
    # A mitad del ensayo se pide que la cuenta deje de valer un momento: el canal entero se para y luego sigue.
    bucle.add_signal_handler(signal.SIGUSR1, lambda: servidor.fallos.programar(nombres.CREDENCIALES, PARADAS))
    await servidor.iniciar()
    sys.stdout.write(json.dumps({"url": servidor.url, "variables": servidor.variables("+15005550010")}) + "\n")
    sys.stdout.flush()
    await fin.wait()
    await servidor.asentar()
    await servidor.detener()
    libro_json.with_suffix(".fallos").write_text(json.dumps(servidor.fallos.cuentas), encoding="utf-8")


def despachador() -> None:
    """Despacha sin parar, en competencia con quien haya, hasta SIGTERM."""
    from timonel.arranque import preparar

    preparar(migrar=False)
    fin = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: fin.set())
    while not fin.wait(0.1):
        una_pasada()


def una_pasada() -> dict[str, object]:
    """Hace una pasada con los tiempos acortados y devuelve lo que hizo."""
    from notificaciones.config import desde_entorno
    from notificaciones.politica import Politica
    from notificaciones.services.periodicos import pasada

    config = desde_entorno(os.environ).model_copy(update={"plazo_s": PLAZO_HTTP_S})
    return pasada(config, RelojSistema(), politica=Politica(**RAPIDA), turno_s=TURNO_S)  # type: ignore[arg-type]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C lo atiende el padre
    if sys.argv[1] == "cuenta":
        asyncio.run(cuenta(int(sys.argv[2]), Path(sys.argv[3])))
    else:
        despachador()
