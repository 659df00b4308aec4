"""Una Deriv mínima en su propio proceso, para medir sin que sus cuentas gasten el núcleo del cliente.

Habla el dialecto nuevo lo justo: contesta al instante, liquida cada contrato nada más comprarlo y solo manda ticks
cuando se le piden por la entrada estándar: ``tick`` (uno, del activo que se va a comprar), ``resto`` (uno de cada uno
de los demás) y ``cifras`` (imprime, en µs, lo que ella vio pasar entre el tick y la compra).
"""

import asyncio
import json
import math
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

ELEGIDO = "1HZ100V"
DEMAS = ("1HZ10V", "1HZ25V", "1HZ50V", "1HZ75V", "R_10", "R_25", "R_50", "R_75", "R_100")
ACTIVOS = (ELEGIDO, *DEMAS)
CAMINO = "/trading/v1/options"
# El que más paga es siempre el mejor: así cada tick suyo acaba en una compra.
PAGO = {ELEGIDO: 2.6}
PAGO_DEMAS = 1.82
Fila = dict[str, Any]


class Sede:
    """El estado mínimo: precios, balance y el último contrato. Dos ganados y uno perdido: nunca llega al stop."""

    def __init__(self, cuenta: str, adelanto_s: int) -> None:
        self.cuenta = cuenta
        self.balance = 10_000.0
        self.hora = int(time.time()) + adelanto_s  # cada pasada, la suya: dos señales no comparten hora
        self.precios = dict.fromkeys(ACTIVOS, 1000.0)
        self.peticiones_tick: dict[str, Fila] = {}
        self.contratos: dict[int, Fila] = {}
        self.cotizado: dict[str, tuple[Fila, float]] = {}
        self.socket: web.WebSocketResponse | None = None
        self.salio_ns = 0
        self.vistas_us: list[float] = []
        self.transaccion = 1000
        self._azar = random.Random(1)
        self.contesta: dict[str, Callable[[Fila], Fila]] = {
            "ping": lambda _: {"ping": "pong"},
            "time": lambda _: {"time": int(time.time())},
            "transaction": lambda _: {},
            "balance": lambda _: {"balance": {"balance": self._dinero(), "currency": "USD", "loginid": cuenta}},
            "statement": lambda _: {"statement": {"count": 0, "transactions": []}},
            "portfolio": lambda _: {"portfolio": {"contracts": []}},
            "profit_table": lambda _: {"profit_table": {"count": 0, "transactions": []}},
            "active_symbols": lambda _: {"active_symbols": [_activo(simbolo) for simbolo in ACTIVOS]},
            "contracts_for": lambda _: {"contracts_for": {"available": [_oferta("CALL"), _oferta("PUT")]}},
            "ticks_history": self._historia,
            "ticks": self._suscribir,
            "proposal": self._cotizar,
            "buy": self._comprar,
            "proposal_open_contract": self._contrato,
        }

    def _dinero(self) -> float:
        return round(self.balance, 2)

    def _mover(self, simbolo: str) -> float:
        self.precios[simbolo] *= math.exp(self._azar.gauss(0.0, 1.3e-4))
        return round(self.precios[simbolo], 2)

    def _historia(self, mensaje: Fila) -> Fila:
        simbolo, cuantos = mensaje["ticks_history"], mensaje["count"]
        paso = 1 if simbolo.startswith("1HZ") else 2
        tiempos = [self.hora - paso * (cuantos - 1 - i) for i in range(cuantos)]
        return {"history": {"times": tiempos, "prices": [self._mover(simbolo) for _ in tiempos]}, "msg_type": "history"}

    def _suscribir(self, mensaje: Fila) -> Fila:
        self.peticiones_tick[mensaje["ticks"]] = mensaje
        return self.tick(mensaje["ticks"])

    def tick(self, simbolo: str) -> Fila:
        """Devuelve la trama de un tick nuevo, con la forma y el tamaño de las de la sede."""
        precio, peticion = self._mover(simbolo), self.peticiones_tick.get(simbolo, {})
        canal = f"00000000-0000-4000-8000-{ACTIVOS.index(simbolo):012d}"
        cuerpo = {"ask": precio + 0.01, "bid": precio - 0.01, "epoch": self.hora, "id": canal}
        return {
            "echo_req": peticion,
            "msg_type": "tick",
            "req_id": peticion.get("req_id", 1),
            "subscription": {"id": canal},
            "tick": {**cuerpo, "pip_size": 2, "quote": precio, "symbol": simbolo},
        }

    def _cotizar(self, mensaje: Fila) -> Fila:
        simbolo, monto = mensaje["underlying_symbol"], float(mensaje["amount"])
        pago = round(monto * PAGO.get(simbolo, PAGO_DEMAS), 2)
        numero = f"00000000-0000-4000-8000-{len(self.cotizado):012d}"
        self.cotizado[numero] = (mensaje, pago)
        return {
            "proposal": {
                "id": numero,
                "ask_price": monto,
                "payout": pago,
                "spot": self.precios[simbolo],
                "spot_time": int(time.time()),
                "validation_params": {"stake": {"min": "0.35", "max": "50000.00"}},
            }
        }

    def _comprar(self, mensaje: Fila) -> Fila:
        self.vistas_us.append((time.monotonic_ns() - self.salio_ns) / 1000)
        pedido, pago = self.cotizado[mensaje["buy"]]
        precio, numero = float(mensaje["price"]), 900_000 + len(self.contratos)
        gana = numero % 3 != 0
        self.balance -= precio
        self.transaccion += 2
        self.contratos[numero] = {
            "contract_id": numero,
            "status": "won" if gana else "lost",
            "is_sold": 1,
            "is_expired": 1,
            "buy_price": precio,
            "payout": pago,
            "sell_price": pago if gana else 0,
            "profit": round(pago - precio if gana else -precio, 2),
            "contract_type": pedido["contract_type"],
            "underlying_symbol": pedido["underlying_symbol"],
            "purchase_time": int(time.time()),
            "date_start": int(time.time()),
            "sell_time": int(time.time()),
            "entry_spot": "1000.00",
            "exit_spot": "1000.10",
            "transaction_ids": {"buy": self.transaccion, "sell": self.transaccion + 1},
        }
        despues = self._dinero()
        self.balance += pago if gana else 0.0
        return {
            "buy": {
                "contract_id": numero,
                "transaction_id": self.transaccion,
                "buy_price": precio,
                "payout": pago,
                "balance_after": despues,
                "purchase_time": int(time.time()),
                "shortcode": f"{pedido['contract_type']}_{ELEGIDO}_{pago}_{int(time.time())}_5T_S0P_0",
            }
        }

    def _contrato(self, mensaje: Fila) -> Fila:
        return {"proposal_open_contract": self.contratos.get(mensaje.get("contract_id", 0), {})}


def _activo(simbolo: str) -> Fila:
    return {
        "underlying_symbol": simbolo,
        "underlying_symbol_name": f"Volatility {simbolo}",
        "pip_size": 0.01,
        "exchange_is_open": 1,
        "is_trading_suspended": 0,
        "market": "synthetic_index",
        "submarket": "random_index",
    }


def _oferta(tipo: str) -> Fila:
    return {
        "contract_type": tipo,
        "expiry_type": "tick",
        "min_contract_duration": "1t",
        "max_contract_duration": "10t",
    }


def aplicacion(sede: Sede) -> web.Application:
    """Devuelve la aplicación web: cuentas, dirección de un solo uso y socket."""

    async def cuentas(_peticion: web.Request) -> web.Response:
        fila = {"account_id": sede.cuenta, "account_type": "demo", "status": "active", "currency": "USD"}
        return web.json_response({"data": [fila]})

    async def otp(peticion: web.Request) -> web.Response:
        return web.json_response({"data": {"url": f"ws://{peticion.host}{CAMINO}/ws/demo?otp=uno"}})

    async def socket(peticion: web.Request) -> web.WebSocketResponse:
        respuesta = web.WebSocketResponse(compress=False)
        await respuesta.prepare(peticion)
        sede.socket = respuesta
        async for trama in respuesta:
            mensaje = msgspec.json.decode(trama.data)
            llamada = next(iter(mensaje))
            contestado = sede.contesta[llamada](mensaje)
            base = {"echo_req": mensaje, "msg_type": llamada, "req_id": mensaje.get("req_id")}
            await respuesta.send_str(msgspec.json.encode({**base, **contestado}).decode())
        return respuesta

    web_sede = web.Application()
    web_sede.router.add_get(f"{CAMINO}/accounts", cuentas)
    web_sede.router.add_post(f"{CAMINO}/accounts/{{cuenta}}/otp", otp)
    web_sede.router.add_get(f"{CAMINO}/ws/demo", socket)
    return web_sede


async def _mandar(sede: Sede, simbolos: tuple[str, ...]) -> None:
    if sede.socket is None:
        return
    tramas = [msgspec.json.encode(sede.tick(simbolo)).decode() for simbolo in simbolos]
    sede.salio_ns = time.monotonic_ns()
    for trama in tramas:
        await sede.socket.send_str(trama)


async def servir(cuenta: str, adelanto_s: int) -> None:
    """Atiende hasta que se cierra la entrada estándar. Su primera línea de salida es el puerto."""
    sede = Sede(cuenta, adelanto_s)
    corredor = web.AppRunner(aplicacion(sede), shutdown_timeout=0.0)
    await corredor.setup()
    await web.TCPSite(corredor, "127.0.0.1", 0).start()
    print(corredor.addresses[0][1], flush=True)
    lector = asyncio.StreamReader()
    bucle = asyncio.get_running_loop()
    await bucle.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lector), sys.stdin)
    while orden := (await lector.readline()).decode().strip():
        if orden == "tick":
            sede.hora += 1
            await _mandar(sede, (ELEGIDO,))
        elif orden == "resto":
            await _mandar(sede, DEMAS)
        elif orden == "cifras":
            print(json.dumps(sede.vistas_us), flush=True)
            sede.vistas_us.clear()
    await corredor.cleanup()


if __name__ == "__main__":
    asyncio.run(servir(sys.argv[1], int(sys.argv[2])))
