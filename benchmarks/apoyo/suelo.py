"""El suelo con que se compara: confirmaciones duraderas a pelo, un cliente aiohttp a pelo y las dos cosas seguidas.

Las transacciones a pelo escriben lo mismo que las nuestras (las mismas tablas, índices y tamaños: se copian filas de
verdad) con ``sqlite3`` o ``psycopg``, en el hilo que llama y sin ORM. El cliente a pelo no decide nada.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from apoyo.marcas import Marcas
from apoyo.proceso_sede import ProcesoSede

CUENTA = "PELADA"
TABLAS = ("ordenes", "reservas_riesgo", "auditoria", "eventos")
Fila = dict[str, Any]


class Confirmaciones:
    """Dos transacciones duraderas con la forma de las de una orden: intención y envío."""

    def __init__(self, conexion: Any, postgresql: bool) -> None:
        self._conexion = conexion
        self._hueco = "%s" if postgresql else "?"
        self._postgresql = postgresql
        self._seq = 0
        self._modelo = {tabla: self._una_fila(tabla) for tabla in TABLAS}
        self._sentencias = {tabla: self._insertar(tabla) for tabla in TABLAS}
        self._marca = str(time.time_ns())
        self._flujo = f"deriv:{CUENTA}{self._marca}"
        self._ejecutar(
            f"INSERT INTO auditoria_cabezas (flujo, seq, resumen) VALUES ({self._hueco}, 0, {self._hueco})",
            (self._flujo, "0" * 64),
        )

    def _ejecutar(self, sentencia: str, valores: tuple[Any, ...] = ()) -> Any:
        if self._postgresql:
            return self._conexion.execute(sentencia, valores or None, prepare=True)
        return self._conexion.execute(sentencia, valores)

    def _una_fila(self, tabla: str) -> Fila:
        cursor = self._ejecutar(f"SELECT * FROM {tabla} LIMIT 1")
        nombres = [columna[0] for columna in cursor.description]
        fila = dict(zip(nombres, cursor.fetchone(), strict=True))
        fila.pop("tx", None)
        if tabla != "reservas_riesgo":
            fila.pop("id", None)
        return {nombre: self._adaptar(valor) for nombre, valor in fila.items()}

    def _adaptar(self, valor: Any) -> Any:
        if self._postgresql and isinstance(valor, dict | list):
            from psycopg.types.json import Jsonb

            return Jsonb(valor)
        return valor

    def _insertar(self, tabla: str) -> str:
        nombres = list(self._modelo[tabla])
        cola = " RETURNING id" if tabla == "ordenes" else ""
        return f"INSERT INTO {tabla} ({', '.join(nombres)}) VALUES ({', '.join([self._hueco] * len(nombres))}){cola}"

    def _poner(self, tabla: str, **cambios: Any) -> Any:
        return self._ejecutar(self._sentencias[tabla], tuple({**self._modelo[tabla], **cambios}.values()))

    def _transaccion(self) -> AbstractContextManager[Any]:
        if self._postgresql:
            return self._conexion.transaction()
        return _Inmediata(self._conexion)

    def dos(self) -> None:
        """Confirma la intención (fila, reserva, auditoría y evento) y después el paso a ENVIANDO."""
        self._seq += 1
        clave = f"{self._marca}{self._seq:07d}"[-26:]
        h = self._hueco
        with self._transaccion():
            self._ejecutar(f"SELECT seq, resumen FROM auditoria_cabezas WHERE flujo = {h}", (self._flujo,)).fetchone()
            nueva = {"id_cliente": clave, "clave_senal": clave, "cuenta": CUENTA, "estado": "APROBADA"}
            orden = self._poner("ordenes", **nueva, referencia=None, transaccion=None).fetchone()[0]
            self._poner("reservas_riesgo", orden_id=orden, cuenta=CUENTA)
            self._poner("auditoria", flujo=self._flujo, seq=self._seq)
            self._ejecutar(f"UPDATE auditoria_cabezas SET seq = {h} WHERE flujo = {h}", (self._seq, self._flujo))
            self._poner("eventos")
        with self._transaccion():
            self._ejecutar(
                f"UPDATE ordenes SET estado = 'ENVIANDO', ficha = 1, enviado_en = creada_en, actualizada_en = creada_en"
                f" WHERE id_cliente = {h} AND estado = 'APROBADA'",
                (clave,),
            )


class _Inmediata:
    def __init__(self, conexion: sqlite3.Connection) -> None:
        self._conexion = conexion

    def __enter__(self) -> None:
        self._conexion.execute("BEGIN IMMEDIATE")

    def __exit__(self, tipo: Any, *_: Any) -> None:
        self._conexion.execute("COMMIT" if tipo is None else "ROLLBACK")


def conectar(ajustes: dict[str, Any]) -> Confirmaciones:
    """Devuelve las confirmaciones a pelo sobre la misma base que usa Timonel, con la misma durabilidad."""
    if "sqlite" in ajustes["ENGINE"]:
        propia = sqlite3.connect(ajustes["NAME"], isolation_level=None, timeout=20)
        propia.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
        return Confirmaciones(propia, postgresql=False)
    import psycopg

    datos = {"dbname": ajustes["NAME"], "user": ajustes["USER"], "password": ajustes["PASSWORD"]}
    donde = {"host": ajustes["HOST"], "port": ajustes["PORT"] or None}
    return Confirmaciones(psycopg.connect(**datos, **donde, autocommit=True), postgresql=True)


class Disco:
    """Escribe 4 KiB al final de un fichero y llama a fdatasync."""

    def __init__(self, carpeta: Path) -> None:
        self._fichero = (carpeta / "fdatasync.tmp").open("wb", buffering=0)
        self._sincronizar = getattr(os, "fdatasync", os.fsync)

    def escribir(self) -> None:
        """Escribe y espera a que esté en el disco."""
        self._fichero.write(b"x" * 4096)
        self._sincronizar(self._fichero.fileno())


def cronometrar(funcion: Callable[[], None]) -> float:
    """Devuelve los µs de una llamada."""
    antes = time.perf_counter_ns()
    funcion()
    return (time.perf_counter_ns() - antes) / 1000


class ClientePelado:
    """Un cliente aiohttp sin lógica, conectado a una sede mínima propia y medido en los mismos dos puntos."""

    def __init__(self, sede: ProcesoSede) -> None:
        self._sede = sede
        self._marcas = Marcas()
        self._numero = 0

    async def conectar(self) -> None:
        """Abre el socket y pide la primera cotización."""
        self._sesion = aiohttp.ClientSession()
        url = f"{self._sede.direccion.replace('http', 'ws')}/trading/v1/options/ws/demo?otp=uno"
        self._socket = await self._sesion.ws_connect(url, compress=0, decode_text=False)
        self._cotizacion = await self._pedir(_COTIZACION)

    async def cerrar(self) -> None:
        """Cierra el socket."""
        await self._sesion.close()

    async def comprar(self, *, cotizar: bool, confirmar: Callable[[], None] | None = None) -> float:
        """Devuelve los µs de tick → compra en el cable.

        ``cotizar``: pide y espera la cotización, sin la cual la sede no deja comprar; ``confirmar``: lo que se hace
        antes de escribir la compra.
        """
        marcas = self._marcas
        marcas.instalar()
        marcas.armar()
        self._sede.mandar("tick")
        msgspec.json.decode((await self._socket.receive()).data)
        if cotizar:
            self._cotizacion = await self._pedir(_COTIZACION)
        if confirmar is not None:
            confirmar()
        await self._escribir({"buy": self._cotizacion["proposal"]["id"], "price": 10})
        marcas.pasar("tras_escribir")
        marcas.quitar()
        await self._socket.receive()
        return (marcas.horas["tras_escribir"] - marcas.llegada) / 1000

    async def _pedir(self, peticion: Fila) -> Any:
        await self._escribir(peticion)
        return msgspec.json.decode((await self._socket.receive()).data)

    async def _escribir(self, peticion: Fila) -> None:
        self._numero += 1
        trama = msgspec.json.encode({**peticion, "req_id": self._numero})
        await self._socket.send_frame(trama, aiohttp.WSMsgType.TEXT)


_COTIZACION = {
    "proposal": 1,
    "amount": 10,
    "basis": "stake",
    "contract_type": "CALL",
    "currency": "USD",
    "duration": 5,
    "duration_unit": "t",
    "underlying_symbol": "1HZ100V",
}
