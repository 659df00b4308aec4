"""Un cliente de eventos como el de un navegador: recuerda el último id y vuelve con ``Last-Event-ID``."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp


class Visto(NamedTuple):
    """Un evento recibido; ``id`` vacío si no lo llevaba."""

    id: str
    tipo: str
    datos: dict[str, Any]


async def leer(respuesta: aiohttp.ClientResponse, recordar: "Lector | None" = None) -> AsyncIterator[Visto]:
    """Da los eventos de una respuesta, según las reglas de ``text/event-stream``."""
    ident, tipo, datos, con_id = "", "", "", False
    async for linea_cruda in respuesta.content:
        linea = linea_cruda.decode().rstrip("\n")
        campo, _, valor = linea.partition(": ")
        if campo == "id":
            ident, con_id = valor, True
        elif campo == "event":
            tipo = valor
        elif campo == "data":
            datos += valor
        elif not linea:
            if recordar is not None and con_id:
                recordar.ultimo = ident
            if datos:
                yield Visto(ident if con_id else "", tipo, json.loads(datos))
            tipo, datos, con_id = "", "", False


class Lector:
    """Lee de un servidor y apunta lo que ve; se puede soltar y volver a conectar donde estaba."""

    def __init__(self, url: str, cabeceras: dict[str, str], consulta: str = "") -> None:
        self._url = f"{url}/api/v1/eventos/{consulta}"
        self._cabeceras = cabeceras
        self.ultimo = ""
        self.vistos: list[Visto] = []
        self.conexiones = 0

    async def conectar(self, sesion: aiohttp.ClientSession, hasta: Any) -> None:
        """Lee hasta que ``hasta(visto)`` sea cierto o la respuesta acabe; ``conexiones`` cuenta las veces."""
        extra = {"Last-Event-ID": self.ultimo} if self.ultimo else {}
        async with sesion.get(self._url, headers={**self._cabeceras, **extra}) as respuesta:
            assert respuesta.status == 200, await respuesta.text()
            self.conexiones += 1
            async for visto in leer(respuesta, self):
                self.vistos.append(visto)
                if hasta(visto):
                    return

    async def hasta_saludo(self, sesion: aiohttp.ClientSession) -> None:
        """Conecta lo justo para que el servidor diga desde dónde se reanuda."""
        async with sesion.get(self._url, headers=self._cabeceras) as respuesta:
            assert respuesta.status == 200, await respuesta.text()
            async for linea in respuesta.content:
                if linea.startswith(b"id: "):
                    self.ultimo = linea.decode()[4:].strip()
                    return


def sesion() -> aiohttp.ClientSession:
    """Devuelve un cliente sin plazo total, como un navegador con un flujo abierto."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=None, sock_read=60), connector=aiohttp.TCPConnector(limit=0)
    )


async def con_plazo(tarea: Any, segundos: float = 60.0) -> Any:
    """Devuelve el resultado o falla si tarda demasiado: una prueba no se queda esperando un evento perdido."""
    return await asyncio.wait_for(tarea, segundos)
