"""Un cliente mínimo y una sede lista para las pruebas del laboratorio: todo en un bucle de tiempo virtual."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

from dominio.azar import AzarSemilla
from laboratorio.deriv import ServidorDeriv
from simulacion.bucles import RelojDeBucle, correr
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import LibroDeriv

CUENTA, REAL, TOKEN = "DOT90000001", "ROT90000002", "pat-de-mentira"
CABECERAS = {"Authorization": f"Bearer {TOKEN}", "Deriv-App-ID": "app-de-mentira"}
ACCOUNTS = "/trading/v1/options/accounts"
PROPUESTA = {
    "proposal": 1,
    "amount": 10,
    "basis": "stake",
    "contract_type": "CALL",
    "currency": "USD",
    "duration": 5,
    "duration_unit": "t",
}


class Caida(Exception):
    """La conexión se cerró; ``codigo`` es el de WebSocket, si lo hubo."""

    def __init__(self, codigo: int | None) -> None:
        super().__init__(str(codigo))
        self.codigo = codigo


class Cliente:
    """Una conexión cruda: manda JSON, guarda todo lo que llega y espera por ``req_id`` o por condición."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, simbolo: str = "underlying_symbol") -> None:
        self.ws = ws
        self.simbolo = simbolo
        self.recibidos: list[dict[str, Any]] = []
        self.raros: list[Any] = []
        self._n = 0

    async def leer(self, plazo: float = 300) -> dict[str, Any]:
        """Devuelve el siguiente mensaje. Lanza Caida si la conexión se cierra y TimeoutError si no llega nada."""
        while True:
            marco = await self.ws.receive(timeout=plazo)
            if marco.type is aiohttp.WSMsgType.TEXT:
                try:
                    mensaje = json.loads(marco.data)
                except ValueError:
                    self.raros.append(marco.data)
                    continue
                self.recibidos.append(mensaje)
                return mensaje
            if marco.type is aiohttp.WSMsgType.BINARY:
                self.raros.append(marco.data)
                continue
            raise Caida(self.ws.close_code)

    async def hasta(self, condicion: Callable[[dict[str, Any]], Any], plazo: float = 300) -> dict[str, Any]:
        """Devuelve el primer mensaje que cumple la condición."""
        async with asyncio.timeout(plazo):
            while True:
                mensaje = await self.leer(plazo)
                if condicion(mensaje):
                    return mensaje

    async def mandar(self, **peticion: Any) -> int:
        """Escribe una petición y devuelve su ``req_id``."""
        self._n += 1
        await self.ws.send_str(json.dumps({**peticion, "req_id": self._n}))
        return self._n

    async def pedir(self, plazo: float = 60, **peticion: Any) -> dict[str, Any]:
        """Devuelve la respuesta a una petición."""
        numero = await self.mandar(**peticion)
        return await self.hasta(lambda m: m.get("req_id") == numero, plazo)

    async def proponer(self, simbolo: str = "1HZ100V", **cambios: Any) -> dict[str, Any]:
        """Devuelve la respuesta a una propuesta de CALL de 5 ticks y 10 USD."""
        return await self.pedir(**{**PROPUESTA, self.simbolo: simbolo, **cambios})

    async def comprar(self, simbolo: str = "1HZ100V", **cambios: Any) -> dict[str, Any]:
        """Devuelve la respuesta a una compra de 10 USD."""
        propuesta = (await self.proponer(simbolo, **cambios))["proposal"]
        return await self.pedir(buy=propuesta["id"], price=10)


class Banco:
    """La sede y lo que hace falta para conectarse a ella."""

    def __init__(self, servidor: ServidorDeriv, http: aiohttp.ClientSession) -> None:
        self.servidor, self.libro, self.http = servidor, servidor.libro, http
        self.fallos = servidor.fallos

    async def rest(self, metodo: str, ruta: str, **opciones: Any) -> tuple[int, Any]:
        """Devuelve estado y cuerpo de una llamada REST con el token de mentira."""
        opciones.setdefault("headers", CABECERAS)
        async with self.http.request(metodo, self.servidor.url_rest + ruta, **opciones) as respuesta:
            return respuesta.status, await respuesta.json()

    async def direccion(self, cuenta: str = CUENTA) -> str:
        """Devuelve una dirección de un solo uso."""
        estado, cuerpo = await self.rest("POST", f"{ACCOUNTS}/{cuenta}/otp")
        assert estado == 200, cuerpo
        return str(cuerpo["data"]["url"])

    @asynccontextmanager
    async def conectar(self, url: str | None = None) -> Any:
        """Abre una conexión de la API nueva."""
        async with self.http.ws_connect(url or await self.direccion()) as ws:
            yield Cliente(ws)

    @asynccontextmanager
    async def conectar_v3(self, token: str | None = TOKEN) -> Any:
        """Abre una conexión v3 y, si hay token, la identifica."""
        async with self.http.ws_connect(self.servidor.url_ws + "/websockets/v3?app_id=1089") as ws:
            cliente = Cliente(ws, "symbol")
            if token:
                await cliente.pedir(authorize=token)
            yield cliente


def en_laboratorio(prueba: Callable[[Banco], Awaitable[Any]], semilla: int = 11, **opciones: Any) -> Any:
    """Devuelve lo que devuelva la prueba, corrida contra una sede nueva en tiempo virtual."""

    async def principal() -> Any:
        reloj = RelojDeBucle(asyncio.get_running_loop())
        libro = LibroDeriv(MercadoSintetico(semilla, reloj.epoch_ms() // 1000), reloj, AzarSemilla(semilla))
        libro.crear_cuenta(CUENTA, token=TOKEN)
        libro.crear_cuenta(REAL, tipo="real", balance=Decimal(500), token=TOKEN)
        servidor = ServidorDeriv(libro, azar=AzarSemilla(f"s{semilla}"), **opciones)
        await servidor.iniciar()
        try:
            async with aiohttp.ClientSession() as http:
                return await prueba(Banco(servidor, http))
        finally:
            await servidor.detener()

    return correr(principal())


def error_de(mensaje: dict[str, Any]) -> str:
    """Devuelve el código de error de una respuesta, o vacío si salió bien."""
    return str(mensaje.get("error", {}).get("code", ""))


def acabado(mensaje: dict[str, Any]) -> bool:
    """Devuelve si el mensaje es el final de un contrato."""
    return mensaje.get("proposal_open_contract", {}).get("is_sold") == 1
