"""El protocolo de la sede de laboratorio: identificación, validación, suscripciones, presupuestos y liquidación."""

import asyncio
import time
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from dominio.errores import ErrorServicio, ErrorUsuario
from dominio.reloj import RelojEscalado
from laboratorio.deriv import ServidorDeriv
from simulacion.bucles import correr
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.sedes.deriv import Contrato, LibroDeriv
from tests.integracion.deriv.ayudas_laboratorio import (
    ACCOUNTS,
    CABECERAS,
    CUENTA,
    REAL,
    TOKEN,
    Banco,
    Caida,
    acabado,
    en_laboratorio,
    error_de,
)


async def _negada(b: Banco, url: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as negada:
        async with b.conectar(url):
            pass
    return negada.value.status


def test_rest_cuentas_y_errores() -> None:
    async def prueba(b: Banco) -> None:
        estado, cuerpo = await b.rest("GET", ACCOUNTS)
        assert estado == 200
        assert [(f["account_id"], f["account_type"], f["balance"]) for f in cuerpo["data"]] == [
            (CUENTA, "demo", 10000),
            (REAL, "real", 500),
        ]
        casos = [
            ("GET", ACCOUNTS, {"headers": {"Authorization": f"Bearer {TOKEN}"}}, 401),
            ("GET", ACCOUNTS, {"headers": {**CABECERAS, "Authorization": "Bearer otro"}}, 401),
            ("POST", f"{ACCOUNTS}/DOT1/otp", {}, 404),
            ("POST", f"{ACCOUNTS}/{REAL}/reset-demo-balance", {}, 400),
            ("POST", ACCOUNTS, {"json": {"currency": "EUR"}}, 400),
            ("POST", ACCOUNTS, {"json": {"currency": "USD", "group": "row", "account_type": "demo"}}, 200),
        ]
        for metodo, ruta, opciones, esperado in casos:
            assert (await b.rest(metodo, ruta, **opciones))[0] == esperado, ruta
        b.servidor.tokens_sin_permiso.add(TOKEN)
        estado, cuerpo = await b.rest("GET", ACCOUNTS)
        assert (estado, cuerpo["errors"][0]["code"]) == (403, "AccessDenied")

    en_laboratorio(prueba)


def test_rest_crea_una_demo_si_no_hay_y_repone() -> None:
    async def prueba(b: Banco) -> None:
        b.libro.crear_cuenta("ROT90000050", tipo="real", token="otro")
        cabeceras = {**CABECERAS, "Authorization": "Bearer otro"}
        cuerpo = {"currency": "USD", "group": "row", "account_type": "demo"}
        estado, nueva = await b.rest("POST", ACCOUNTS, json=cuerpo, headers=cabeceras)
        assert (estado, nueva["data"]["balance"]) == (201, 10000)
        b.libro.mover(CUENTA, "withdrawal", Decimal(-100))
        estado, repuesta = await b.rest("POST", f"{ACCOUNTS}/{CUENTA}/reset-demo-balance")
        assert (estado, repuesta["data"]["balance"]) == (200, 10000)

    en_laboratorio(prueba)


def test_la_direccion_vale_una_vez_y_120_segundos() -> None:
    async def prueba(b: Banco) -> None:
        url = await b.direccion()
        async with b.conectar(url) as c:
            assert (await c.pedir(ping=1))["ping"] == "pong"
        assert await _negada(b, url) == 401
        vieja, nueva = await b.direccion(), await b.direccion()
        await asyncio.sleep(121)
        assert await _negada(b, vieja) == 401
        assert await _negada(b, nueva.split("?")[0]) == 400
        fresca = await b.direccion()
        assert await _negada(b, fresca.replace("/ws/demo", "/ws/real")) == 401
        assert b.libro.conexiones_a_real == 1

    en_laboratorio(prueba)


def test_v3_identifica_y_distingue_la_demo() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar_v3(None) as c:
            assert error_de(await c.pedir(balance=1)) == "AuthorizationRequired"
            assert error_de(await c.pedir(authorize="nadie")) == "InvalidToken"
            quien = await c.pedir(authorize=TOKEN)
            assert (quien["authorize"]["loginid"], quien["authorize"]["is_virtual"]) == (CUENTA, 1)
            assert TOKEN not in str(quien["echo_req"])
            assert (await c.pedir(balance=1))["balance"]["balance"] == 10000
            with pytest.raises(Caida):  # dos minutos callado
                await c.leer(121)
        assert b.libro.conexiones_a_real == 0

    en_laboratorio(prueba)


def test_v3_retirada_contesta_520() -> None:
    async def prueba(b: Banco) -> None:
        assert await _negada(b, b.servidor.url_ws + "/websockets/v3?app_id=1") == 520

    en_laboratorio(prueba, v3="520")


@pytest.mark.parametrize(
    ("peticion", "codigo", "tipo"),
    [
        ({"time": 1, "loginid": "DOT1"}, "InputValidationFailed", "time"),
        ({"ticks": "R_50", "subscribe": 0}, "InputValidationFailed", "ticks"),
        ({"proposal": 1}, "InputValidationFailed", "proposal"),
        ({"nada": 1}, "UnrecognisedRequest", "error"),
        ({"ping": 1, "passthrough": {"x": "y" * 301}}, "SanityCheckFailed", "ping"),
        ({"ticks": "R_51"}, "InvalidSymbol", "ticks"),
        ({"buy": "1", "price": 1}, "InputValidationFailed", "buy"),
        ({"buy": "z" * 36, "price": 1}, "InvalidContractProposal", "buy"),
        ({"proposal_open_contract": 1, "contract_id": 5}, "ContractNotFound", "proposal_open_contract"),
        ({"topup_virtual": 1}, "UnrecognisedRequest", "error"),
    ],
)
def test_errores_de_peticion(peticion: dict[str, Any], codigo: str, tipo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            respuesta = await c.pedir(**peticion)
            assert (error_de(respuesta), respuesta["msg_type"]) == (codigo, tipo)
            assert respuesta["echo_req"] == {**peticion, "req_id": 1}

    en_laboratorio(prueba)


def test_lo_que_no_es_json_no_tira_la_conexion() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await c.ws.send_str("{nada")
            assert error_de(await c.leer()) == "BadRequest"
            await c.ws.send_str("[1]")
            assert error_de(await c.leer()) == "BadRequest"
            assert (await c.pedir(ping=1))["ping"] == "pong"

    en_laboratorio(prueba)


@pytest.mark.parametrize(
    ("cambios", "codigo"),
    [
        ({"amount": 0.34}, "InvalidMinStake"),
        ({"amount": 1.005}, "IncorrectStakeDecimals"),
        ({"amount": 9000}, "PayoutLimits"),
        ({"duration": 11}, "TicksNumberLimits"),
        ({"duration": 14, "duration_unit": "s"}, "TradingDurationNotAllowed"),
        ({"duration": 25, "duration_unit": "h"}, "TradingDurationNotAllowed"),
        ({"contract_type": "ACCU"}, "OfferingsValidationError"),
        ({"currency": "EUR"}, "ContractBuyValidationError"),
        ({"amount": 0.35}, ""),
        ({"duration": 1, "duration_unit": "m"}, ""),
    ],
)
def test_limites_de_lo_que_se_ofrece(cambios: dict[str, Any], codigo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            assert error_de(await c.proponer(**cambios)) == codigo

    en_laboratorio(prueba)


def test_compras_que_no_se_ejecutan() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c, b.conectar() as otra:
            id = (await c.proponer())["proposal"]["id"]
            assert error_de(await otra.pedir(buy=id, price=10)) == "InvalidContractProposal"
            assert error_de(await c.pedir(buy=id, price=9.99)) == "PriceMoved"
            await asyncio.sleep(61)
            assert error_de(await c.pedir(buy=id, price=10)) == "InvalidContractProposal"
            b.libro.mover(CUENTA, "withdrawal", Decimal(-9995))
            assert error_de(await c.comprar()) == "InsufficientBalance"
        assert b.libro.compras() == ()
        assert len(b.libro.envios) == 4

    en_laboratorio(prueba)


def test_el_pago_y_los_textos_son_los_observados() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            propuesta = (await c.proponer())["proposal"]
            assert (propuesta["ask_price"], propuesta["payout"]) == (10, 19.53)
            compra = (await c.pedir(buy=propuesta["id"], price=10))["buy"]
            assert compra["shortcode"] == f"CALL_1HZ100V_19.53_{compra['start_time']}_5T_S0P_0"
            assert compra["balance_after"] == 9990

    en_laboratorio(prueba)


def test_las_suscripciones_no_se_repiten_y_se_olvidan() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            primera = await c.pedir(ticks="1HZ10V", subscribe=1)
            assert error_de(await c.pedir(ticks="1HZ10V", subscribe=1)) == "AlreadySubscribed"
            novedad = await c.leer()
            assert novedad["subscription"] == primera["subscription"]
            assert (novedad["req_id"], novedad["echo_req"]) == (primera["req_id"], primera["echo_req"])
            assert (await c.pedir(forget=primera["subscription"]["id"]))["forget"] == 1
            assert (await c.pedir(forget=primera["subscription"]["id"]))["forget"] == 0
            await c.pedir(ticks=["1HZ10V", "R_50"], subscribe=1)
            assert len((await c.pedir(forget_all=["ticks", "balance"]))["forget_all"]) == 2
            with pytest.raises(TimeoutError):
                await c.leer(10)

    en_laboratorio(prueba)


def test_historial_y_directo_son_la_misma_senda() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await c.pedir(ticks="R_50", subscribe=1)
            await asyncio.sleep(30)
            pasado = (await c.pedir(ticks_history="R_50", end="latest", count=16))["history"]
            vistos = [(m["tick"]["epoch"], m["tick"]["quote"]) for m in c.recibidos if "tick" in m]
            assert list(zip(pasado["times"], pasado["prices"], strict=True)) == vistos
            assert all(hora % 2 == 0 for hora, _ in vistos)

    en_laboratorio(prueba)


def test_las_velas_en_directo_siguen_a_las_pasadas() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await asyncio.sleep(20)
            pedir = {"ticks_history": "1HZ50V", "end": "latest", "count": 3, "style": "candles", "granularity": 60}
            await c.pedir(**pedir, subscribe=1)
            campos = ("open", "high", "low", "close")
            for _ in range(2):  # la que ya corría al suscribirse y la siguiente, entera
                await c.hasta(lambda m: "ohlc" in m and m["ohlc"]["epoch"] % 60 == 59)
                ultima = c.recibidos[-1]["ohlc"]
                vela = (await c.pedir(**pedir))["candles"][-1]
                assert vela["epoch"] == ultima["open_time"]
                assert [float(ultima[k]) for k in campos] == [vela[k] for k in campos]

    en_laboratorio(prueba)


def test_ciclo_de_un_contrato_de_15_segundos() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await asyncio.sleep(0.3)
            compra = (await c.comprar("R_50", duration=15, duration_unit="s"))["buy"]
            id, inicio = compra["contract_id"], compra["start_time"]
            primero = await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
            p = primero["proposal_open_contract"]
            assert (p["status"], p["validation_error_code"]) == ("open", "EntryTickMissing")
            assert (p["bid_price"], p["profit"]) == ("18.94", "8.94")  # sin sentido, como en la sede
            assert "entry_spot" not in p
            final = (await c.hasta(acabado))["proposal_open_contract"]
            horas = (final["entry_spot_time"], final["expiry_time"], final["exit_spot_time"], final["sell_time"])
            assert horas == (inicio + 2, inicio + 15, inicio + 14, inicio + 16)
            assert final["validation_error_code"] == "ContractAlreadySold"
            sube = float(final["exit_spot"]) > float(final["entry_spot"])
            assert final["status"] == ("won" if sube else "lost")
            assert final["barrier"] == final["entry_spot"]
            assert isinstance(final["account_id"], str)
            flujo = primero["subscription"]["id"]
            assert (await c.pedir(forget=flujo))["forget"] == 0  # tras el final el flujo se acaba

    en_laboratorio(prueba)


def test_un_contrato_perdido_tambien_deja_venta_de_cero() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            for _ in range(12):
                await c.comprar()
                await asyncio.sleep(8)
            perdidos = {k.id for k in b.libro.compras() if k.estado == "lost"}
            filas = (await c.pedir(statement=1))["statement"]["transactions"]
            ventas = [f for f in filas if f["action_type"] == "sell" and f["contract_id"] in perdidos]
            assert perdidos
            assert {f["amount"] for f in ventas} == {0}
            assert len(ventas) == len(perdidos)
            horas = [f["transaction_time"] for f in filas]
            assert horas == sorted(horas, reverse=True)
            hasta = filas[0]["transaction_time"]
            menos = (await c.pedir(statement=1, date_to=hasta))["statement"]["transactions"]
            assert all(f["transaction_time"] < hasta for f in menos)
            assert (await c.pedir(profit_table=1))["profit_table"]["count"] == 12
            assert (await c.pedir(portfolio=1))["portfolio"]["contracts"] == []
        assert b.libro.violaciones() == []

    en_laboratorio(prueba)


def test_el_orden_de_los_mensajes_de_liquidacion_varia() -> None:
    async def prueba(b: Banco) -> None:
        ordenes = set()
        async with b.conectar() as c:
            await c.pedir(transaction=1, subscribe=1)
            await c.pedir(balance=1, subscribe=1)
            for _ in range(20):
                id = (await c.comprar())["buy"]["contract_id"]
                await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
                await asyncio.sleep(8)
                await c.pedir(ping=1)
                ordenes.add(tuple(m["msg_type"] for m in c.recibidos[-4:-1]))
        assert len(ordenes) >= 4
        assert all(len(set(orden)) == 3 for orden in ordenes)

    en_laboratorio(prueba)


def test_los_presupuestos_de_la_api_nueva() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            for llamada, cuantas in (("portfolio", 30), ("balance", 100)):
                codigos = [error_de(await c.pedir(**{llamada: 1})) for _ in range(cuantas + 2)]
                assert codigos == [""] * cuantas + ["RateLimit"] * 2
            assert error_de(await c.pedir(statement=1)) == "RateLimit"  # comparte con balance
            assert [error_de(await c.pedir(ping=1)) for _ in range(11)][-2:] == ["", "RateLimit"]
            assert error_de(await c.pedir(time=1)) == ""
            await asyncio.sleep(60)
            assert error_de(await c.pedir(portfolio=1)) == ""

    en_laboratorio(prueba)


def test_rest_limita_por_usuario() -> None:
    async def prueba(b: Banco) -> None:
        estados = [(await b.rest("GET", ACCOUNTS))[0] for _ in range(82)]
        assert estados == [200] * 80 + [429] * 2

    en_laboratorio(prueba)


def test_v3_admite_cinco_propuestas_vivas() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar_v3() as c:
            codigos = [error_de(await c.proponer(amount=10 + n, subscribe=1)) for n in range(6)]
            assert codigos == [""] * 5 + ["RateLimit"]

    en_laboratorio(prueba)


def test_cada_token_ve_lo_suyo() -> None:
    async def prueba(b: Banco) -> None:
        b.libro.crear_cuenta("DOT90000077", token="vecino")
        async with b.conectar() as c:
            id = (await c.comprar())["buy"]["contract_id"]
        estado, cuerpo = await b.rest(
            "POST", f"{ACCOUNTS}/DOT90000077/otp", headers={**CABECERAS, "Authorization": "Bearer vecino"}
        )
        assert estado == 200
        async with b.conectar(cuerpo["data"]["url"]) as c:
            assert (await c.pedir(portfolio=1))["portfolio"]["contracts"] == []
            assert error_de(await c.pedir(proposal_open_contract=1, contract_id=id)) == "ContractNotFound"

    en_laboratorio(prueba)


def test_la_latencia_retrasa_cada_peticion() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            antes = asyncio.get_running_loop().time()
            await c.pedir(ping=1)
            await c.pedir(ping=1)
            assert asyncio.get_running_loop().time() - antes == pytest.approx(0.08)

    en_laboratorio(prueba, latencia=lambda: 0.04)


def test_tambien_funciona_con_reloj_escalado() -> None:
    async def prueba() -> Contrato:
        reloj = RelojEscalado(60, 1_767_225_600_000, time.time())
        libro = LibroDeriv(MercadoSintetico(1, 1_767_225_600), reloj)
        libro.crear_cuenta(CUENTA, token=TOKEN)
        servidor = ServidorDeriv(libro)
        await servidor.iniciar()
        async with aiohttp.ClientSession() as http:
            banco = Banco(servidor, http)
            async with banco.conectar() as c:
                id = (await c.comprar())["buy"]["contract_id"]
                await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
                await c.hasta(acabado)
        await servidor.detener()
        return libro.contratos[id]

    contrato = correr(prueba(), factor=60)
    assert contrato.vendido_en == contrato.inicio + 6


def test_puerto_ocupado_y_apagon_desconocido() -> None:
    async def prueba(b: Banco) -> None:
        puerto = int(b.servidor.url_rest.rsplit(":", 1)[1])
        with pytest.raises(ErrorServicio) as fallo:
            await ServidorDeriv(b.libro).iniciar(puerto=puerto)
        assert fallo.value.codigo == "LAB-02"
        with pytest.raises(ErrorUsuario):
            await b.servidor.apagones.empezar("vacaciones")

    en_laboratorio(prueba)
