"""Mide la API del panel con un millón de operaciones en PostgreSQL y el servidor de verdad (uvicorn, un proceso).

* Cada lectura con 20 lectores, cada uno con su ficha y a una petición por segundo: p50 y p95 (objetivo: p95 < 100 ms),
  y ``cpu_ms``: el procesador que gasta el servidor en cada una, que no depende de lo cargada que esté la máquina.
* El CSV entero: primer byte (objetivo < 300 ms), filas por segundo y memoria del servidor mientras sale, que no crece.
* Al lado, en la misma corrida e intercalado, ``COPY operaciones TO STDOUT`` leído por el mismo cliente. La
  razón entre los dos (objetivo ≥ 0,5) dice lo que cuesta escapar, dar forma y servir por HTTP.

Crea una base propia en un PostgreSQL privado (o en el de ``--bd``) y la borra al acabar.

Uso: ``uv run python benchmarks/panel.py [--json] [--filas N] [--lectores L] [--segundos S] [--bd postgresql://…]``
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

AQUI = Path(__file__).resolve().parent
sys.path[:0] = [str(AQUI), str(AQUI.parent)]
OBJETIVO_P95_MS, OBJETIVO_PRIMER_BYTE_MS, OBJETIVO_RAZON = 100, 300, 0.5
PASADAS_CSV = 3
PLAZO_S = 60.0


def lecturas(orden: str, bot: str) -> dict[str, str]:
    """Devuelve cada lectura de la API, con parámetros corrientes."""
    return {
        "estado": "estado/",
        "winrate": "winrate/",
        "estadisticas": "estadisticas/",
        "historicos": "historicos/",
        "historicos_ficticias": "historicos/?clase=ficticias&resultado=ganada&por_pagina=100",
        "historicos_activo": "historicos/?activo=R_50&direccion=PUT&orden=hora_inicio",
        "historicos_por_beneficio": "historicos/?orden=-beneficio",
        "balance": "balance/",
        "balance_serie": "balance/serie/",
        "temporizador": "temporizador/",
        "horarios": "horarios/",
        "bots": "bots/",
        "bot": f"bots/{bot}/",
        "orden": f"ordenes/{orden}/",
        "velas": "velas/?simbolo=1HZ100V",
    }


class Servidor:
    """uvicorn con la aplicación de verdad, en un proceso aparte."""

    def __init__(self, entorno: dict[str, str], registro: Path) -> None:
        with socket.socket() as libre:
            libre.bind(("127.0.0.1", 0))
            self.puerto = libre.getsockname()[1]
        self._registro = registro.open("wb")
        orden = [sys.executable, "-m", "uvicorn", "timonel.asgi:application", "--port", str(self.puerto)]
        self.proceso = subprocess.Popen(
            [*orden, "--log-level", "warning"], env=entorno, cwd=AQUI.parent, stdout=self._registro,
            stderr=self._registro,
        )  # fmt: skip
        self.url = f"http://127.0.0.1:{self.puerto}/api/v1/"

    def esperar(self) -> None:
        """Espera a que conteste."""
        limite = time.monotonic() + PLAZO_S
        while time.monotonic() < limite:
            try:
                httpx.get(f"http://127.0.0.1:{self.puerto}/livez", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise SystemExit(f"El servidor no arrancó: {Path(self._registro.name).read_text()[-2000:]}")

    def memoria_mb(self) -> float:
        """Devuelve la memoria residente del proceso."""
        estado = Path(f"/proc/{self.proceso.pid}/status").read_text(encoding="ascii")
        return int(estado.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_ms(self) -> float:
        """Devuelve el procesador gastado por el proceso hasta ahora."""
        campos = Path(f"/proc/{self.proceso.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(campos[11]) + int(campos[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def parar(self) -> None:
        self.proceso.terminate()
        self.proceso.wait(20)
        self._registro.close()


async def medir_lectura(url: str, fichas: list[str], segundos: int) -> dict[str, Any]:
    """Devuelve p50 y p95 en ms con un lector por ficha, a una petición por segundo y repartidos en el segundo."""
    tiempos: list[float] = []
    malas = 0

    async def lector(numero: int, ficha: str) -> None:
        nonlocal malas
        async with httpx.AsyncClient(headers={"Authorization": f"Token {ficha}"}, timeout=30) as cliente:
            await asyncio.sleep(numero / len(fichas))
            for _ in range(segundos):
                empieza = time.perf_counter()
                respuesta = await cliente.get(url)
                tarda = time.perf_counter() - empieza
                tiempos.append(tarda * 1000)
                malas += respuesta.status_code != 200
                await asyncio.sleep(max(0.0, 1.0 - tarda))

    await asyncio.gather(*(lector(n, ficha) for n, ficha in enumerate(fichas)))
    tiempos.sort()
    return {
        "p50_ms": round(tiempos[len(tiempos) // 2], 1),
        "p95_ms": round(tiempos[min(len(tiempos) - 1, int(len(tiempos) * 0.95))], 1),
        "peticiones": len(tiempos),
        "malas": malas,
    }


def medir_csv(servidor: Servidor, ficha: str) -> dict[str, float]:
    """Devuelve primer byte (ms), filas por segundo y la memoria del servidor al tercio y la mayor."""
    memoria: list[float] = []
    filas, primero = 0, 0.0
    empieza = time.perf_counter()
    cabecera = {"Authorization": f"Token {ficha}"}
    with httpx.stream("GET", f"{servidor.url}historicos/csv/", headers=cabecera, timeout=600) as respuesta:
        respuesta.raise_for_status()
        for n, trozo in enumerate(respuesta.iter_raw()):
            primero = primero or (time.perf_counter() - empieza) * 1000
            filas += trozo.count(b"\n")
            if n % 50 == 0:
                memoria.append(servidor.memoria_mb())
    segundos = time.perf_counter() - empieza
    return {
        "primer_byte_ms": round(primero, 1),
        "filas": filas - 1,
        "filas_por_s": round((filas - 1) / segundos),
        "memoria_tercio_mb": round(max(memoria[: len(memoria) // 3 + 1]), 1),
        "memoria_max_mb": round(max(memoria), 1),
    }


def medir_copia(direccion: str) -> float:
    """Devuelve las filas por segundo de un COPY TO de la tabla entera, leído y tirado."""
    with psycopg.connect(direccion) as conexion, conexion.cursor() as cursor:
        empieza, filas = time.perf_counter(), 0
        with cursor.copy("COPY operaciones TO STDOUT") as copia:
            for _ in copia:
                filas += 1
        return filas / (time.perf_counter() - empieza)


def medir(direccion: str, datos: Path, elegidas: argparse.Namespace) -> dict[str, Any]:
    """Devuelve todas las cifras sobre una base vacía, que llena."""
    os.environ.update(TIMONEL_BASE_DE_DATOS=direccion, TIMONEL_DATOS=str(datos))
    os.environ["DJANGO_SETTINGS_MODULE"] = "timonel.settings"
    from timonel.arranque import preparar

    preparar()
    from apoyo import panel_datos
    from django.db import connection

    from dashboard.acceso import fichas

    ahora = datetime.now(UTC)
    panel_datos.estado_inicial(ahora)
    nuevas = [
        fichas.emitir(f"lector{n}", "leer", "medida", horas=2, ahora=ahora).ficha for n in range(elegidas.lectores)
    ]
    connection.close()
    empieza = time.perf_counter()
    orden = panel_datos.sembrar(direccion, elegidas.filas, ahora)
    siembra_s = time.perf_counter() - empieza
    servidor = Servidor(dict(os.environ), datos / "servidor.log")
    try:
        servidor.esperar()
        por_lectura: dict[str, Any] = {}
        for nombre, ruta in lecturas(orden, panel_datos.BOT).items():
            asyncio.run(medir_lectura(servidor.url + ruta, nuevas[:2], 1))  # la primera vez importa y compila
            antes = servidor.cpu_ms()
            uno = asyncio.run(medir_lectura(servidor.url + ruta, nuevas, elegidas.segundos))
            por_lectura[nombre] = uno | {"cpu_ms": round((servidor.cpu_ms() - antes) / uno["peticiones"], 1)}
        pasadas = [(medir_csv(servidor, nuevas[0]), medir_copia(direccion)) for _ in range(PASADAS_CSV)]
    finally:
        servidor.parar()
    mejor = max(csv["filas_por_s"] for csv, _ in pasadas)
    copia = max(ritmo for _, ritmo in pasadas)
    return {
        "filas": elegidas.filas,
        "siembra_s": round(siembra_s, 1),
        "lectores": elegidas.lectores,
        "lecturas": por_lectura,
        "p95_peor_ms": max(uno["p95_ms"] for uno in por_lectura.values()),
        "malas": sum(uno["malas"] for uno in por_lectura.values()),
        "csv_primer_byte_ms": max(csv["primer_byte_ms"] for csv, _ in pasadas),
        "csv_filas_por_s": mejor,
        "copy_filas_por_s": round(copia),
        "csv_razon_copy": round(mejor / copia, 3),
        "csv_memoria_crece_mb": round(max(csv["memoria_max_mb"] - csv["memoria_tercio_mb"] for csv, _ in pasadas), 1),
        "csv_pasadas": [csv for csv, _ in pasadas],
        "carga_1min": round(os.getloadavg()[0], 1),
        "objetivos": {"p95_ms": OBJETIVO_P95_MS, "primer_byte_ms": OBJETIVO_PRIMER_BYTE_MS, "razon": OBJETIVO_RAZON},
    }


def en_base_propia(servidor: str, elegidas: argparse.Namespace) -> dict[str, Any]:
    """Devuelve lo medido en una base nueva del servidor, que se borra pase lo que pase."""
    nombre = f"timonel_medida_{os.getpid()}"
    partes = urlsplit(servidor)
    datos = Path(tempfile.mkdtemp(prefix="timonel-medida-"))
    with psycopg.connect(servidor, autocommit=True) as conexion:
        conexion.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(nombre)))
    try:
        return medir(urlunsplit(partes._replace(path=f"/{nombre}")), datos, elegidas)
    finally:
        with psycopg.connect(servidor, autocommit=True) as conexion:
            conexion.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(nombre)))
        shutil.rmtree(datos, ignore_errors=True)


def principal() -> int:
    """Devuelve 0 si se cumplen todos los objetivos, 1 si no."""
    opciones = argparse.ArgumentParser(description="La API del panel con un millón de operaciones.")
    opciones.add_argument("--json", action="store_true", help="escribe un objeto JSON en la última línea")
    opciones.add_argument("--filas", type=int, default=1_000_000)
    opciones.add_argument("--lectores", type=int, default=20)
    opciones.add_argument("--segundos", type=int, default=10, help="cuánto dura cada lectura")
    opciones.add_argument("--bd", default="", help="servidor PostgreSQL; sin él, uno privado")
    elegidas = opciones.parse_args()
    privado = None
    if not elegidas.bd:
        from tests.servicios.postgres_privado import PostgresPrivado

        privado = PostgresPrivado()
    try:
        medido = en_base_propia(elegidas.bd or (privado.arrancar(shared_buffers="512MB") if privado else ""), elegidas)
    finally:
        if privado is not None:
            privado.parar()
    for nombre, uno in medido["lecturas"].items():
        print(f"{nombre:26} p50 {uno['p50_ms']:8.1f} ms   p95 {uno['p95_ms']:8.1f} ms   CPU {uno['cpu_ms']:6.1f} ms")
    print(f"CSV: primer byte {medido['csv_primer_byte_ms']} ms, {medido['csv_filas_por_s']:,} filas/s,", end=" ")
    print(f"{medido['csv_razon_copy']} de COPY TO; la memoria crece {medido['csv_memoria_crece_mb']} MB")
    if elegidas.json:
        print(json.dumps(medido))
    bien = (
        medido["p95_peor_ms"] < OBJETIVO_P95_MS
        and medido["csv_primer_byte_ms"] < OBJETIVO_PRIMER_BYTE_MS
        and medido["csv_razon_copy"] >= OBJETIVO_RAZON
        and not medido["malas"]
    )
    return 0 if bien else 1


if __name__ == "__main__":
    sys.exit(principal())
