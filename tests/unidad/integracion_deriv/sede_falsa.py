"""Una Deriv mínima que contesta lo que la prueba le diga. No valida ni recuerda: para eso está el laboratorio."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from dominio.azar import AzarSemilla
from dominio.instrumentos import Entorno
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.config import ConfigDeriv
from simulacion.bucles import RelojDeBucle, correr

CAMINO = "/trading/v1/options"
DEMO = {"account_id": "DOT00000001", "account_type": "demo", "status": "active", "currency": "USD", "balance": 1000}
REAL = {"account_id": "CR00000001", "account_type": "real", "status": "active", "currency": "USD", "balance": 5}
ACTIVO = {
    "underlying_symbol": "R_50",
    "underlying_symbol_name": "Volatility 50 Index",
    "pip_size": 0.0001,
    "exchange_is_open": 1,
    "is_trading_suspended": 0,
    "market": "synthetic_index",
    "submarket": "random_index",
}
OFERTA = {"contract_type": "CALL", "expiry_type": "tick", "min_contract_duration": "1t", "max_contract_duration": "10t"}
ID_COTIZACION = "00000000-0000-4000-8000-000000000001"
Contestador = Callable[[dict[str, Any]], Any]


def abierto(contrato: int = 77, **campos: Any) -> dict[str, Any]:
    """Devuelve un contrato abierto tal como lo cuenta la sede, con su beneficio provisional sin sentido."""
    return {
        "contract_id": contrato,
        "status": "open",
        "is_sold": 0,
        "is_expired": 0,
        "buy_price": "10.00",
        "payout": "19.50",
        "profit": "8.25",
        "bid_price": "18.25",
        "contract_type": "CALL",
        "underlying_symbol": "R_50",
        "date_start": 1_767_225_610,
        "purchase_time": 1_767_225_610,
        "tick_count": 5,
        "validation_error_code": "EntryTickMissing",
        **campos,
    }


def ganado(contrato: int = 77, **campos: Any) -> dict[str, Any]:
    return abierto(
        contrato,
        **{
            "status": "won",
            "is_sold": 1,
            "is_expired": 1,
            "sell_price": "19.50",
            "profit": "9.50",
            "sell_time": 1_767_225_624,
            "entry_spot": "92.1234",
            "exit_spot": "92.2000",
            "transaction_ids": {"buy": 501, "sell": 502},
            **campos,
        },
    )


class SedeFalsa:
    """``contesta[llamada]`` devuelve la respuesta, una lista de ellas, None (silencio) o lanza ``Corte``."""

    def __init__(self) -> None:
        self.cuentas: list[dict[str, Any]] = [DEMO, REAL]
        self.estado_cuentas = 200
        self.estado_otp = 200
        self.final = "/ws/demo"
        self.otp = 0
        self.recibidos: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.muda = False
        self.contesta: dict[str, Contestador] = {
            "ping": lambda m: {"ping": "pong"},
            "time": lambda m: {"time": 1_767_225_600 + int(asyncio.get_running_loop().time())},
            "authorize": lambda m: {"authorize": {"loginid": "VRTC00001", "is_virtual": 1, "currency": "USD"}},
            "transaction": lambda m: {},
            "balance": lambda m: {"balance": {"balance": 1000, "currency": "USD", "loginid": "DOT00000001"}},
            "statement": lambda m: {"statement": {"count": 0, "transactions": []}},
            "portfolio": lambda m: {"portfolio": {"contracts": []}},
            "profit_table": lambda m: {"profit_table": {"count": 0, "transactions": []}},
            "active_symbols": lambda m: {"active_symbols": [ACTIVO]},
            "contracts_for": lambda m: {"contracts_for": {"available": [OFERTA]}},
            "ticks": lambda m: self.tick(m["ticks"], 0, pedido=m),
            "proposal": lambda m: {
                "proposal": {
                    "id": ID_COTIZACION,
                    "ask_price": 10,
                    "payout": "19.5",
                    "spot": 92.1,
                    "spot_time": 1_767_225_600,
                    "validation_params": {"stake": {"min": "0.35", "max": "500.00"}},
                }
            },
            "buy": lambda m: {
                "buy": {
                    "contract_id": 77,
                    "transaction_id": 501,
                    "buy_price": 10,
                    "payout": 19.5,
                    "balance_after": 990,
                    "purchase_time": 1_767_225_610,
                    "shortcode": "CALL_R_50_19.5_1767225610_5T_S0P_0",
                }
            },
            "proposal_open_contract": lambda m: {"proposal_open_contract": abierto()},
        }

    async def iniciar(self) -> str:
        """Arranca en un puerto libre y devuelve su dirección."""
        aplicacion = web.Application()
        aplicacion.router.add_get(f"{CAMINO}/accounts", self._cuentas)
        aplicacion.router.add_post(f"{CAMINO}/accounts/{{cuenta}}/otp", self._otp)
        aplicacion.router.add_get("/{cola:.*}", self._socket)
        self._corredor = web.AppRunner(aplicacion, shutdown_timeout=0.0)
        await self._corredor.setup()
        sitio = web.TCPSite(self._corredor, "127.0.0.1", 0)
        await sitio.start()
        self._puerto = self._corredor.addresses[0][1]
        return f"http://127.0.0.1:{self._puerto}"

    async def detener(self) -> None:
        await self._corredor.cleanup()

    async def _cuentas(self, peticion: web.Request) -> web.Response:
        assert peticion.headers["Authorization"] == "Bearer clave-de-mentira"
        return web.json_response({"data": self.cuentas, "meta": {}}, status=self.estado_cuentas)

    async def _otp(self, peticion: web.Request) -> web.Response:
        self.otp += 1
        url = f"ws://127.0.0.1:{self._puerto}{CAMINO}{self.final}?otp=uno-{self.otp}"
        return web.json_response({"data": {"url": url}, "meta": {}}, status=self.estado_otp)

    async def _socket(self, peticion: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(peticion)
        self.sockets.append(socket)
        async for trama in socket:
            mensaje = json.loads(trama.data)
            self.recibidos.append(mensaje)
            if not self.muda:
                await self._contestar(socket, mensaje)
        return socket

    async def _contestar(self, socket: web.WebSocketResponse, mensaje: dict[str, Any]) -> None:
        llamada = next(iter(mensaje))
        respuesta = self.contesta[llamada](mensaje)
        if asyncio.iscoroutine(respuesta):
            respuesta = await respuesta
        if respuesta == "corte":
            peticion = socket._req
            assert peticion is not None and peticion.transport is not None
            peticion.transport.abort()
            return
        for una in respuesta if isinstance(respuesta, list) else [respuesta]:
            if isinstance(una, bytes):
                await socket.send_bytes(una)
            elif isinstance(una, str):
                await socket.send_str(una)
            elif una is not None:
                base = {"echo_req": mensaje, "msg_type": llamada, "req_id": mensaje.get("req_id")}
                await socket.send_json({**base, **una})

    async def difundir(self, *mensajes: dict[str, Any] | str | bytes) -> None:
        """Manda tramas por el último socket, tal cual."""
        for mensaje in mensajes:
            if isinstance(mensaje, bytes):
                await self.sockets[-1].send_bytes(mensaje)
            else:
                await self.sockets[-1].send_str(mensaje if isinstance(mensaje, str) else json.dumps(mensaje))

    def tick(
        self, simbolo: str, epoch: int, precio: Any = 92.1, pedido: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Devuelve una trama de tick; ``epoch`` 0 es el segundo actual."""
        ahora = 1_767_225_600 + int(asyncio.get_running_loop().time())
        return {
            "msg_type": "tick",
            "req_id": (pedido or {}).get("req_id", 1),
            "tick": {"symbol": simbolo, "epoch": epoch or ahora, "quote": precio, "bid": 92.0, "ask": 92.2, "id": "x"},
        }

    def llamadas(self, llamada: str) -> list[dict[str, Any]]:
        """Devuelve lo recibido de esa llamada."""
        return [mensaje for mensaje in self.recibidos if next(iter(mensaje)) == llamada]


def cliente_de(url: str, eventos: list[Any], **valores: Any) -> ClienteDeriv:
    """Devuelve un cliente sin conectar, apuntado a la sede falsa, en el bucle que corre."""
    config = ConfigDeriv.crear(
        url_rest=url,
        url_ws=url.replace("http", "ws"),
        token="clave-de-mentira",
        app_id="1",
        entorno=valores.pop("entorno", Entorno.SIMULADO),
        **valores,
    )
    return ClienteDeriv(
        config, reloj=RelojDeBucle(asyncio.get_running_loop()), azar=AzarSemilla(7), publicar=eventos.append
    )


Guion = Callable[[SedeFalsa, ClienteDeriv, list[Any]], Awaitable[None]]


def con_sede(
    guion: Guion, preparar: Callable[[SedeFalsa], None] | None = None, conectar: bool = True, **valores: Any
) -> None:
    """Corre el guion en tiempo virtual con una sede falsa y un cliente ya conectado (salvo que se pida que no)."""

    async def todo() -> None:
        sede, eventos = SedeFalsa(), []
        if preparar is not None:
            preparar(sede)
        cliente = cliente_de(await sede.iniciar(), eventos, **valores)
        try:
            if conectar:
                await cliente.conectar()
            await guion(sede, cliente, eventos)
        finally:
            await cliente.cerrar()
            await sede.detener()

    correr(todo())


def de(eventos: list[Any], clase: type) -> list[Any]:
    """Devuelve los eventos de una clase."""
    return [evento for evento in eventos if isinstance(evento, clase)]
