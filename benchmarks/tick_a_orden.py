"""Mide cuánto pasa desde que llega un tick hasta que la compra está en el cable, con la intención ya confirmada.

Camino medido, con las piezas de verdad montadas como en vivo: octetos en el lector del socket → tick → señales y
elección entre 10 activos → freno → cotización (ida y vuelta a la sede) → intención confirmada (fila, reserva,
auditoría, evento) → paso a ENVIANDO confirmado → última comprobación → trama de compra entregada al transporte. Todo
entra en ``p50_us`` y ``p99_us``; ``etapas`` las separa. Las escrituras van por ``HiloEscritor``, como en vivo.

Al lado, en la misma ejecución y sobre el mismo disco: dos confirmaciones duraderas a pelo con la misma forma, un
fdatasync, un cliente aiohttp a pelo (tick → compra, sin lógica) y el ``suelo``: ese cliente, más la cotización, más las
dos confirmaciones, que es lo menos que puede tardar quien no manda nada sin anotarlo antes. Lo que cuenta es el
sobrecoste: ``sobrecoste_us`` = p50 − p50 del suelo, y ``razon``. ``mejor_pasada`` es la p50 de la pasada menos
estorbada: con el disco ocupado por otros, las demás miden sobre todo la cola del disco.

Uso: ``uv run python benchmarks/tick_a_orden.py [--json] [--vueltas N] [--pasadas P] [--motor sqlite|postgresql]``
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

AQUI = Path(__file__).resolve().parent
sys.path[:0] = [str(AQUI), str(AQUI.parent)]
MOTORES = ("sqlite", "postgresql")
OBJETIVO_US = 3000
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
PREVIAS = 20
COMPARADAS = ("suelo", "dos_confirmaciones", "cliente_pelado", "pelado_y_cotizacion", "fdatasync")
ADELANTO_S = 20_000


def medir_motor(datos: Path, vueltas: int, pasadas: int) -> dict[str, Any]:
    """Devuelve las cifras de la base que diga el entorno: medianas de ``pasadas`` pasadas intercaladas."""
    from timonel.arranque import preparar

    preparar()
    from apoyo import camino_real, suelo
    from apoyo.marcas import mediana, percentil
    from apoyo.proceso_sede import ProcesoSede
    from django.conf import settings

    from historial.ejecutores import EnLinea, HiloEscritor

    camino_real.abrir_topes()
    filas: dict[str, list[list[float]]] = {}
    disco = suelo.Disco(datos)

    async def pasada(numero: int, ejecutor: Any, cuantas: int, comparar: bool) -> None:
        medidas: dict[str, list[float]] = {nombre: [] for nombre in COMPARADAS} if comparar else {}
        with ProcesoSede(f"DOT{numero:08d}", ADELANTO_S * numero) as sede, ProcesoSede("DOT70000000") as otra:
            pelado = suelo.ClientePelado(otra)
            await pelado.conectar()

            async def al_lado() -> None:
                confirmar = _confirmaciones().dos
                medidas["suelo"].append(await pelado.comprar(cotizar=True, confirmar=confirmar))
                medidas["dos_confirmaciones"].append(suelo.cronometrar(confirmar))
                medidas["cliente_pelado"].append(await pelado.comprar(cotizar=False))
                medidas["pelado_y_cotizacion"].append(await pelado.comprar(cotizar=True))
                medidas["fdatasync"].append(suelo.cronometrar(disco.escribir))

            extra = {"al_lado": al_lado} if comparar else {}
            etapas = await camino_real.medir(sede, ejecutor, datos, cuantas, PREVIAS, **extra)
            await pelado.cerrar()
        for nombre, tiempos in (medidas | etapas if comparar else {"en_linea": etapas["total_us"]}).items():
            filas.setdefault(nombre, []).append(tiempos)

    @cache
    def _confirmaciones() -> Any:
        return suelo.conectar(settings.DATABASES["default"])

    for numero in range(pasadas):
        with HiloEscritor() as hilo:
            asyncio.run(pasada(2 * numero, hilo, vueltas, True))
        asyncio.run(pasada(2 * numero + 1, EnLinea(), max(vueltas // 4, 10), False))

    def par(nombre: str) -> dict[str, float]:
        return {
            "p50_us": mediana([percentil(t, 0.50) for t in filas[nombre]]),
            "p99_us": mediana([percentil(t, 0.99) for t in filas[nombre]]),
        }

    def mejor(nombre: str) -> float:
        return round(min(percentil(t, 0.50) for t in filas[nombre]), 1)

    total, base, dos, pelado = par("total_us"), par("suelo"), par("dos_confirmaciones"), par("cliente_pelado")
    return {
        **total,
        "sobrecoste_us": round(total["p50_us"] - base["p50_us"], 1),
        "razon": round(total["p50_us"] / base["p50_us"], 2),
        "sobrecoste_sin_cotizar_us": round(total["p50_us"] - dos["p50_us"] - pelado["p50_us"], 1),
        "razon_sin_cotizar": round(total["p50_us"] / (dos["p50_us"] + pelado["p50_us"]), 2),
        "cotizacion_us": par("cotizacion_us"),
        "etapas": {t[0]: par(t[0])["p50_us"] for t in camino_real.TRAMOS if t[0] != "total_us"},
        "visto_desde_la_sede": par("visto_desde_la_sede_us"),
        "en_linea": par("en_linea"),
        "suelo": base,
        "dos_confirmaciones": dos,
        "cliente_pelado": pelado,
        "cliente_pelado_y_cotizacion": par("pelado_y_cotizacion"),
        "fdatasync": par("fdatasync"),
        "mejor_pasada": {"p50_us": mejor("total_us"), "suelo_p50_us": mejor("suelo")},
        "ejecutor": "HiloEscritor",
        "vueltas": vueltas,
        "pasadas": pasadas,
    }


@contextmanager
def base_para(motor: str, datos: Path) -> Iterator[str]:
    """Da la dirección de una base vacía y duradera de ese motor, y la borra después."""
    if motor == "sqlite":
        yield ""
        return
    import psycopg
    from psycopg import sql

    with _servidor() as direccion:
        nombre = f"timonel_medida_{os.getpid()}"
        with psycopg.connect(direccion, autocommit=True) as conexion:
            conexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(nombre)))
        try:
            partes = direccion.partition("?")
            yield partes[0].rpartition("/")[0] + f"/{nombre}" + partes[1] + partes[2]
        finally:
            with psycopg.connect(direccion, autocommit=True) as conexion:
                conexion.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nombre)))


@contextmanager
def _servidor() -> Iterator[str]:
    """Da el PostgreSQL local si responde y es duradero; si no, uno privado con la durabilidad puesta."""
    if _es_duradero(LOCAL):
        yield LOCAL
        return
    from tests.servicios.postgres_privado import PostgresPrivado

    privado = PostgresPrivado()
    try:
        yield privado.arrancar(fsync="on", synchronous_commit="on", full_page_writes="on")
    finally:
        privado.parar()


def _es_duradero(direccion: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(direccion, connect_timeout=2) as conexion:
            valores = [conexion.execute(f"SHOW {nombre}").fetchone() for nombre in ("fsync", "synchronous_commit")]
    except psycopg.Error:
        return False
    return [fila[0] if fila else "" for fila in valores] == ["on", "on"]


def en_otro_proceso(motor: str, vueltas: int, pasadas: int) -> dict[str, Any]:
    """Devuelve las cifras de un motor, medidas en un proceso con su propia carpeta y su propia base."""
    datos = Path(tempfile.mkdtemp(prefix="timonel-medida-"))
    try:
        with base_para(motor, datos) as direccion:
            limpio = {n: v for n, v in os.environ.items() if not n.startswith("TIMONEL_")}
            entorno = {**limpio, "TIMONEL_DATOS": str(datos), "TIMONEL_BASE_DE_DATOS": direccion}
            orden = [sys.executable, __file__, "--interno", "--vueltas", str(vueltas), "--pasadas", str(pasadas)]
            hecho = subprocess.run(orden, env=entorno, stdout=subprocess.PIPE, check=True, text=True)
            return _ultima_linea(hecho.stdout)
    finally:
        shutil.rmtree(datos, ignore_errors=True)


def ticks_por_segundo() -> int:
    """Devuelve los ticks por segundo que aguanta la decisión entera, según su propia medida."""
    orden = [sys.executable, str(AQUI / "decision_por_tick.py"), "--json"]
    salida = subprocess.run(orden, stdout=subprocess.PIPE, check=False, text=True).stdout
    return int(_ultima_linea(salida)["ticks_por_segundo"])


def _ultima_linea(salida: str) -> dict[str, Any]:
    cifras: dict[str, Any] = json.loads(salida.strip().splitlines()[-1])
    return cifras


def principal() -> int:
    """Devuelve 0: el objetivo depende del disco y queda dicho en la salida, no en el estado."""
    opciones = argparse.ArgumentParser(description="De la llegada de un tick a la compra en el cable.")
    opciones.add_argument("--json", action="store_true", help="escribe un objeto JSON en la última línea")
    opciones.add_argument("--vueltas", type=int, default=100, help="compras medidas en cada pasada")
    opciones.add_argument("--pasadas", type=int, default=5, help="pasadas; se da la mediana")
    opciones.add_argument("--motor", choices=MOTORES, help="solo esa base de datos, y sin la medida de la decisión")
    opciones.add_argument("--interno", action="store_true", help=argparse.SUPPRESS)
    elegidas = opciones.parse_args()
    if elegidas.interno:
        print(json.dumps(medir_motor(Path(os.environ["TIMONEL_DATOS"]), elegidas.vueltas, elegidas.pasadas)))
        return 0
    motores = (elegidas.motor,) if elegidas.motor else MOTORES
    resultado: dict[str, Any] = {m: en_otro_proceso(m, elegidas.vueltas, elegidas.pasadas) for m in motores}
    for motor, cifras in resultado.items():
        print(
            f"{motor}: tick → compra en el cable {cifras['p50_us']:.0f} µs (p99 {cifras['p99_us']:.0f}); suelo"
            f" {cifras['suelo']['p50_us']:.0f} µs; sobrecoste {cifras['sobrecoste_us']:.0f} µs, razón {cifras['razon']}"
        )
    if not elegidas.motor:
        resultado["ticks_por_segundo"] = ticks_por_segundo()
        print(f"Decisión entera en cada tick: {resultado['ticks_por_segundo']:,} ticks/s en un núcleo")
    resultado["objetivo_p50_us"] = OBJETIVO_US
    resultado["cumple_objetivo"] = all(resultado[motor]["p50_us"] < OBJETIVO_US for motor in motores)
    if elegidas.json:
        print(json.dumps(resultado, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(principal())
