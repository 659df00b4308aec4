"""Compara clientes WebSocket (aiohttp, picows, websockets) en bucle local, y la lectura de un tick con y sin tipos.

Uso: ``uv run --project benchmarks python benchmarks/clientes_ws.py --json``. La última línea es un objeto JSON.
El servidor es otro proceso y escribe marcos WebSocket ya hechos: no usa ninguna de las bibliotecas que compara.
Las razones (``frente_a_aiohttp``) valen más que las cifras absolutas, que dependen del equipo.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import picows
import websockets

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from integracion_deriv.tramas import leer, leer_tick

CLAVE_RFC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TICK = msgspec.json.encode(
    {
        "echo_req": {"req_id": 7, "subscribe": 1, "ticks": "R_50"},
        "msg_type": "tick",
        "req_id": 7,
        "subscription": {"id": "00000000-0000-4000-8000-000000000001"},
        "tick": {
            "ask": 92.1334,
            "bid": 92.1134,
            "epoch": 1767225602,
            "id": "00000000-0000-4000-8000-000000000001",
            "pip_size": 4,
            "quote": 92.1234,
            "symbol": "R_50",
        },
    }
)
PETICION = b'{"ping":1,"req_id":1}'
RESPUESTA = b'{"echo_req":{"ping":1,"req_id":1},"msg_type":"ping","ping":"pong","req_id":1}'
POR_ESCRITURA = 200


def _marco(carga: bytes) -> bytes:
    largo = len(carga)
    cabeza = bytes([0x81, largo]) if largo < 126 else bytes([0x81, 126]) + largo.to_bytes(2, "big")
    return cabeza + carga


# ── servidor ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _leer_marco(lector: asyncio.StreamReader) -> bytes | None:
    cabeza = await lector.readexactly(2)
    mascara, carga = await lector.readexactly(4), await lector.readexactly(cabeza[1] & 0x7F)
    if cabeza[0] & 0x0F == 8:
        return None
    return bytes(octeto ^ mascara[i % 4] for i, octeto in enumerate(carga))


async def _atender(lector: asyncio.StreamReader, escritor: asyncio.StreamWriter) -> None:
    try:
        cabeceras = (await lector.readuntil(b"\r\n\r\n")).decode()
        clave = next(
            x.split(":", 1)[1].strip() for x in cabeceras.split("\r\n") if x.lower().startswith("sec-websocket-key")
        )
        acepta = base64.b64encode(hashlib.sha1(clave.encode() + CLAVE_RFC).digest()).decode()
        escritor.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {acepta}\r\n\r\n".encode()
        )
        while (mensaje := await _leer_marco(lector)) is not None:
            if mensaje.startswith(b"rafaga "):
                for _ in range(int(mensaje[7:]) // POR_ESCRITURA):
                    escritor.write(_marco(TICK) * POR_ESCRITURA)
                    await escritor.drain()
            else:
                escritor.write(_marco(RESPUESTA))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        escritor.close()


async def _servir() -> None:
    servidor = await asyncio.start_server(_atender, "127.0.0.1", 0)
    print(servidor.sockets[0].getsockname()[1], flush=True)
    await servidor.serve_forever()


# ── clientes: cada uno da (ida y vuelta, ráfaga) ─────────────────────────────────────────────────────────────────

Medidas = tuple[list[float], float]


async def con_aiohttp(url: str, vueltas: int, mensajes: int) -> Medidas:
    tiempos: list[float] = []
    async with aiohttp.ClientSession() as sesion, sesion.ws_connect(url, compress=0, decode_text=False) as socket:
        for _ in range(vueltas):
            inicio = time.perf_counter()
            await socket.send_frame(PETICION, aiohttp.WSMsgType.TEXT)
            await socket.receive()
            tiempos.append(time.perf_counter() - inicio)
        await socket.send_str(f"rafaga {mensajes}")
        inicio = time.perf_counter()
        for _ in range(mensajes):
            await socket.receive()
        return tiempos, time.perf_counter() - inicio


async def con_websockets(url: str, vueltas: int, mensajes: int) -> Medidas:
    tiempos: list[float] = []
    async with websockets.connect(url, compression=None, max_queue=1024) as socket:
        for _ in range(vueltas):
            inicio = time.perf_counter()
            await socket.send(PETICION, text=True)
            await socket.recv(decode=False)
            tiempos.append(time.perf_counter() - inicio)
        await socket.send(f"rafaga {mensajes}")
        inicio = time.perf_counter()
        for _ in range(mensajes):
            await socket.recv(decode=False)
        return tiempos, time.perf_counter() - inicio


class _Oyente(picows.WSListener):
    def __init__(self) -> None:
        self.espera: asyncio.Future[None] | None = None
        self.faltan = 0

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        frame.get_payload_as_bytes()
        self.faltan -= 1
        if self.faltan == 0 and self.espera is not None:
            self.espera.set_result(None)


async def con_picows(url: str, vueltas: int, mensajes: int) -> Medidas:
    tiempos: list[float] = []
    transporte, oyente = await picows.ws_connect(_Oyente, url)
    bucle = asyncio.get_running_loop()
    for _ in range(vueltas):
        inicio = time.perf_counter()
        oyente.espera, oyente.faltan = bucle.create_future(), 1
        transporte.send(picows.WSMsgType.TEXT, PETICION)
        await oyente.espera
        tiempos.append(time.perf_counter() - inicio)
    oyente.espera, oyente.faltan = bucle.create_future(), mensajes
    transporte.send(picows.WSMsgType.TEXT, f"rafaga {mensajes}".encode())
    inicio = time.perf_counter()
    await oyente.espera
    segundos = time.perf_counter() - inicio
    transporte.disconnect()
    return tiempos, segundos


CLIENTES: dict[str, Callable[[str, int, int], Awaitable[Medidas]]] = {
    "aiohttp": con_aiohttp,
    "picows": con_picows,
    "websockets": con_websockets,
}


def medir_clientes(url: str, vueltas: int, mensajes: int, repeticiones: int) -> dict[str, Any]:
    """Devuelve, por biblioteca, la mediana de ``repeticiones``: ida y vuelta en µs y mensajes por segundo."""
    crudas: dict[str, list[tuple[float, float, float]]] = {nombre: [] for nombre in CLIENTES}
    for _ in range(repeticiones):  # intercaladas: que un rato lento del equipo no castigue a una sola
        for nombre, cliente in CLIENTES.items():
            tiempos, segundos = asyncio.run(cliente(url, vueltas, mensajes))
            tiempos.sort()
            crudas[nombre].append(
                (statistics.median(tiempos) * 1e6, tiempos[int(len(tiempos) * 0.99)] * 1e6, mensajes / segundos)
            )
    salida: dict[str, Any] = {}
    for nombre, filas in crudas.items():
        p50, p99, ritmo = (statistics.median(columna) for columna in zip(*filas, strict=True))
        salida[nombre] = {"ida_vuelta_p50_us": p50, "ida_vuelta_p99_us": p99, "mensajes_por_s": ritmo}
    base = salida["aiohttp"]
    for cifras in salida.values():
        cifras["frente_a_aiohttp"] = {
            "ida_vuelta": round(cifras["ida_vuelta_p50_us"] / base["ida_vuelta_p50_us"], 3),
            "mensajes": round(cifras["mensajes_por_s"] / base["mensajes_por_s"], 3),
        }
    return salida


def medir_lectura(veces: int, repeticiones: int) -> dict[str, Any]:
    """Devuelve los nanosegundos de leer un tick: con tipos, genérico exacto y con ``json``."""
    formas: dict[str, Callable[[bytes], Any]] = {"tipos_ns": leer_tick, "generico_ns": leer, "json_ns": json.loads}
    salida: dict[str, Any] = {}
    for nombre, forma in formas.items():
        pasadas = []
        for _ in range(repeticiones):
            inicio = time.perf_counter()
            for _ in range(veces):
                forma(TICK)
            pasadas.append((time.perf_counter() - inicio) / veces * 1e9)
        salida[nombre] = statistics.median(pasadas)
    salida["json_frente_a_tipos"] = round(salida["json_ns"] / salida["tipos_ns"], 2)
    return salida


def principal() -> int:
    partes = argparse.ArgumentParser(description=__doc__)
    partes.add_argument("--json", action="store_true", help="imprime solo el objeto JSON final")
    partes.add_argument("--servidor", action="store_true", help=argparse.SUPPRESS)
    partes.add_argument("--vueltas", type=int, default=3000)
    partes.add_argument("--mensajes", type=int, default=200_000)
    partes.add_argument("--repeticiones", type=int, default=5)
    opciones = partes.parse_args()
    if opciones.servidor:
        asyncio.run(_servir())
        return 0
    orden = [sys.executable, __file__, "--servidor"]
    with subprocess.Popen(orden, stdout=subprocess.PIPE, text=True) as servidor:
        try:
            assert servidor.stdout is not None
            url = f"ws://127.0.0.1:{servidor.stdout.readline().strip()}/"
            mensajes = opciones.mensajes // POR_ESCRITURA * POR_ESCRITURA
            clientes = medir_clientes(url, opciones.vueltas, mensajes, opciones.repeticiones)
        finally:
            servidor.kill()
    resultado = {
        "clientes": clientes,
        "lectura_de_un_tick": medir_lectura(100_000, opciones.repeticiones),
        "octetos_por_tick": len(TICK),
        "versiones": {
            "aiohttp": aiohttp.__version__,
            "picows": picows.__version__,
            "websockets": websockets.__version__,
        },
        "procesadores": os.cpu_count(),
    }
    if not opciones.json:
        for nombre, cifras in clientes.items():
            print(f"{nombre:11} {cifras['ida_vuelta_p50_us']:7.1f} µs  {cifras['mensajes_por_s']:11,.0f} mensajes/s")
    print(json.dumps(resultado, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(principal())
