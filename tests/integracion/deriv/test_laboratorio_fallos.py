"""Cada interruptor de fallos hace lo que su nombre dice, y solo cuenta cuando surte efecto."""

import asyncio
import itertools
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from dominio.errores import ErrorUsuario
from laboratorio.deriv.nombres_fallos import NUMERADOS, TRANSITORIOS
from tests.integracion.deriv.ayudas_laboratorio import CUENTA, TOKEN, Banco, Caida, acabado, en_laboratorio, error_de


async def _suscribir(c: Any) -> None:
    await c.pedir(transaction=1, subscribe=1)
    await c.pedir(balance=1, subscribe=1)


def _cuenta(banco: Banco, prefijo: str) -> int:
    return next(n for nombre, n in banco.fallos.cuentas.items() if nombre.startswith(prefijo))


def _armar(banco: Banco, prefijo: str, **datos: Any) -> None:
    banco.fallos.programar(next(n for n in banco.fallos.nombres if n.startswith(prefijo)), **datos)


def test_un_fallo_desconocido_se_rechaza() -> None:
    async def prueba(b: Banco) -> None:
        with pytest.raises(ErrorUsuario):
            b.fallos.programar("F99_nada")

    en_laboratorio(prueba)


def test_f01_cierra_sin_comprar() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F01")
            with pytest.raises(Caida):
                await c.comprar()
        assert b.libro.compras() == ()
        assert _cuenta(b, "F01") == 1

    en_laboratorio(prueba)


def test_f02_compra_y_cierra_sin_decir_nada() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await _suscribir(c)
            _armar(b, "F02")
            with pytest.raises(Caida):
                await c.comprar()
            assert not any("buy" in m or m.get("transaction") for m in c.recibidos)
        assert len(b.libro.compras()) == 1
        assert _cuenta(b, "F02") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize("callar", [True, False])
def test_f03_la_respuesta_llega_tarde_pero_llega(callar: bool) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await _suscribir(c)
            id = (await c.proponer())["proposal"]["id"]
            _armar(b, "F03", espera_s=18, callar_flujos=callar)
            antes = asyncio.get_running_loop().time()
            compra = await c.pedir(buy=id, price=10)
            assert asyncio.get_running_loop().time() - antes == pytest.approx(18, abs=0.01)
            assert compra["buy"]["contract_id"] == b.libro.compras()[0].id
            movida = (
                next(m for m in c.recibidos if m.get("transaction", {}).get("action") == "buy") if not callar else {}
            )
            assert callar or c.recibidos.index(movida) < c.recibidos.index(compra)
        assert b.libro.compras()[0].comprado_ms < b.servidor.reloj.epoch_ms() - 17_000

    en_laboratorio(prueba)


@pytest.mark.parametrize(
    ("codigo", "tipo"), [("Timeout", "error"), ("WrongResponse", "buy"), ("InternalServerError", "buy")]
)
def test_f04_da_error_despues_de_comprar(codigo: str, tipo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F04", codigo=codigo)
            respuesta = await c.comprar()
            assert (error_de(respuesta), respuesta["msg_type"]) == (codigo, tipo)
        assert len(b.libro.compras()) == 1

    en_laboratorio(prueba)


def test_f05_enmudece_pero_sigue_ejecutando() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await c.pedir(ticks="1HZ100V", subscribe=1)
            _armar(b, "F05", dura_s=40)
            id = (await c.proponer())["proposal"]["id"]
            await c.mandar(buy=id, price=10)
            with pytest.raises(TimeoutError):
                await c.leer(30)
            await c.mandar(buy="1", price=10, parameters=_parametros())
            with pytest.raises(Caida):
                await c.leer(30)
        assert len(b.libro.compras()) == 2
        assert _cuenta(b, "F05") == 1

    en_laboratorio(prueba)


def _parametros() -> dict[str, Any]:
    return {
        "amount": 10,
        "basis": "stake",
        "contract_type": "PUT",
        "currency": "USD",
        "duration": 5,
        "duration_unit": "t",
        "underlying_symbol": "1HZ100V",
    }


def test_f06_repite_final_transaccion_y_tick_y_los_desordena() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await _suscribir(c)
            await c.pedir(ticks="1HZ100V", subscribe=1)
            _armar(b, "F06")
            compra = (await c.comprar())["buy"]
            await c.pedir(proposal_open_contract=1, contract_id=compra["contract_id"], subscribe=1)
            await c.pedir(plazo=60, ticks_history="1HZ100V", end="latest", count=1)
            await asyncio.sleep(8)
            await c.pedir(ping=1)
            finales = [i for i, m in enumerate(c.recibidos) if acabado(m)]
            ventas = [i for i, m in enumerate(c.recibidos) if m.get("transaction", {}).get("action") == "sell"]
            horas = [m["tick"]["epoch"] for m in c.recibidos if "tick" in m]
            assert len(finales) == len(ventas) == 2
            assert finales[0] < ventas[0]
            assert len(horas) == len(set(horas)) + 1
            assert len({c.recibidos[i]["transaction"]["transaction_id"] for i in ventas}) == 1
        assert _cuenta(b, "F06") == 1

    en_laboratorio(prueba)


def test_f07_calla_el_final_pero_se_puede_preguntar() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await _suscribir(c)
            _armar(b, "F07")
            id = (await c.comprar())["buy"]["contract_id"]
            await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
            await c.hasta(lambda m: m.get("transaction", {}).get("action") == "sell")
            with pytest.raises(TimeoutError):
                await c.hasta(acabado, 20)
            assert not any(acabado(m) for m in c.recibidos)
            assert acabado(await c.pedir(proposal_open_contract=1, contract_id=id))
        assert _cuenta(b, "F07") == 1

    en_laboratorio(prueba)


def test_f07_no_cuenta_si_nadie_seguia_el_contrato() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F07")
            await c.comprar()
            await asyncio.sleep(10)
        assert b.libro.compras()[0].cerrado
        assert _cuenta(b, "F07") == 0

    en_laboratorio(prueba)


def test_f08_vencido_sin_liquidar_un_buen_rato() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F08", dura_s=60)
            id = (await c.comprar())["buy"]["contract_id"]
            await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
            final = await c.hasta(acabado, 200)
            vencidos = [m["proposal_open_contract"] for m in c.recibidos if m.get("proposal_open_contract")]
            vencidos = [p for p in vencidos if p["is_expired"] and not p["is_sold"]]
            assert len(vencidos) >= 50
            assert {p["status"] for p in vencidos} == {"open"}
            contrato = b.libro.contratos[id]
            assert contrato.salida is not None and contrato.vendido_en is not None
            assert contrato.vendido_en - contrato.salida[0] == 60
            assert final["proposal_open_contract"]["sell_time"] == contrato.vendido_en

    en_laboratorio(prueba)


def test_f09_sin_conexion_mientras_liquida() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F09")
            await c.comprar()
            with pytest.raises(Caida):
                await c.leer(30)
        assert not b.libro.compras()[0].cerrado
        with pytest.raises(aiohttp.WSServerHandshakeError) as negado:
            async with b.conectar():
                pass
        assert negado.value.status == 503
        await asyncio.sleep(15)
        assert b.libro.compras()[0].cerrado
        async with b.conectar() as c:
            assert (await c.pedir(ping=1))["ping"] == "pong"
        assert _cuenta(b, "F09") == 1

    en_laboratorio(prueba)


def test_f10_limita_una_rafaga_y_no_ejecuta() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F10", llamada="buy", rafaga=2)
            assert (await c.pedir(time=1))["time"]
            for _ in range(2):
                assert error_de(await c.comprar()) == "RateLimit"
            assert "buy" in await c.comprar()
        assert len(b.libro.compras()) == 1
        assert [e.codigo for e in b.libro.envios] == ["RateLimit", "RateLimit", ""]
        assert _cuenta(b, "F10") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize("modo", ["rancios", "hueco", "salto_atras", "desfase"])
def test_f11_los_ticks_faltan_o_mienten(modo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await c.pedir(ticks="1HZ100V", subscribe=1)
            _armar(b, "F11", modo=modo, dura_s=20, segundos=7)
            await asyncio.sleep(30)
            hora = (await c.pedir(time=1))["time"]
            horas = [m["tick"]["epoch"] for m in c.recibidos if "tick" in m]
            saltos = [posterior - anterior for anterior, posterior in itertools.pairwise(horas)]
            esperado = {"rancios": 22, "hueco": 22, "salto_atras": 7, "desfase": 1}[modo]
            assert max(saltos) == esperado
            assert (min(saltos) < 0) == (modo == "salto_atras")
            assert hora - b.libro.ahora_s() == (7 if modo == "desfase" else 0)
        assert _cuenta(b, "F11") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize(
    ("modo", "codigo"),
    [
        ("cerrado", "MarketIsClosed"),
        ("suspendido", "TradeTemporarilyUnavailable"),
        ("desaparece", "OfferingsInvalidSymbol"),
        ("duracion", "TradingDurationNotAllowed"),
    ],
)
def test_f12_el_mercado_cierra_y_vuelve(modo: str, codigo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            id = (await c.proponer())["proposal"]["id"]
            _armar(b, "F12", modo=modo, dura_s=30)
            assert error_de(await c.pedir(buy=id, price=10)) == codigo
            filas = {f["underlying_symbol"]: f for f in (await c.pedir(active_symbols="brief"))["active_symbols"]}
            assert ("1HZ100V" in filas) == (modo != "desaparece")
            if modo in ("cerrado", "suspendido"):
                fila = filas["1HZ100V"]
                assert (fila["exchange_is_open"], fila["is_trading_suspended"]) == (
                    (0, 0) if modo == "cerrado" else (1, 1)
                )
            oferta = (await c.pedir(contracts_for="1HZ100V"))["contracts_for"]["available"][0]
            assert (oferta["min_contract_duration"] == "1t") == (modo != "duracion")
            await asyncio.sleep(31)
            assert "buy" in await c.comprar()
        assert len(b.libro.compras()) == 1

    en_laboratorio(prueba)


def test_f13_el_token_se_revoca_a_media_sesion() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F13", dura_s=100)
            with pytest.raises(Caida):
                await c.pedir(balance=1)
        assert (await b.rest("GET", "/trading/v1/options/accounts"))[0] == 401
        await asyncio.sleep(101)
        assert (await b.rest("GET", "/trading/v1/options/accounts"))[0] == 200
        assert _cuenta(b, "F13") == 1

    en_laboratorio(prueba)


def test_f13_la_direccion_de_un_solo_uso_nunca_vale() -> None:
    async def prueba(b: Banco) -> None:
        _armar(b, "F13", modo="otp", token=TOKEN)
        for _ in range(3):
            with pytest.raises(aiohttp.WSServerHandshakeError) as negado:
                async with b.conectar():
                    pass
            assert negado.value.status == 401

    en_laboratorio(prueba)


@pytest.mark.parametrize("modo", ["listado", "direccion"])
def test_f14_solo_hay_cuenta_real(modo: str) -> None:
    async def prueba(b: Banco) -> None:
        _armar(b, "F14", modo=modo)
        filas = (await b.rest("GET", "/trading/v1/options/accounts"))[1]["data"]
        assert [f["account_type"] for f in filas] == (["real"] if modo == "listado" else ["demo", "real"])
        url = await b.direccion()
        assert ("/ws/real?" in url) == (modo == "direccion")
        assert b.libro.conexiones_a_real == 0
        assert _cuenta(b, "F14") >= 1
        if modo == "direccion":
            async with b.conectar(url):
                pass
            assert b.libro.conexiones_a_real == 1

    en_laboratorio(prueba)


def test_f14_en_v3_no_toca_la_cuenta_real_hasta_que_el_cliente_la_usa() -> None:
    async def prueba(b: Banco) -> None:
        _armar(b, "F14")
        async with b.conectar_v3() as c:
            assert c.recibidos[0]["authorize"]["is_virtual"] == 0
            await c.pedir(ping=1)
            assert b.libro.conexiones_a_real == 0
            await c.pedir(balance=1)
            await c.pedir(portfolio=1)
            assert b.libro.conexiones_a_real == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize(
    ("estado", "codigo"), [(429, "RateLimitExceeded"), (500, "InternalError"), (503, "ServiceUnavailable")]
)
def test_rest_puede_fallar_entero(estado: int, codigo: str) -> None:
    async def prueba(b: Banco) -> None:
        b.fallos.programar("error_rest", estado=estado)
        obtenido, cuerpo = await b.rest("GET", "/trading/v1/options/accounts")
        assert (obtenido, cuerpo["errors"][0]["code"]) == (estado, codigo)
        assert (await b.rest("GET", "/trading/v1/options/accounts"))[0] == 200

    en_laboratorio(prueba)


@pytest.mark.parametrize(("modo", "codigo"), [("movido", "PriceMoved"), ("caducada", "InvalidContractProposal")])
def test_f15_el_precio_se_mueve(modo: str, codigo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F15", modo=modo)
            assert error_de(await c.comprar()) == codigo
        assert b.libro.compras() == ()
        assert _cuenta(b, "F15") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize("estado", ["cancelled", "sold"])
def test_f16_se_anula_y_devuelve_la_prima(estado: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F16", estado=estado)
            id = (await c.comprar())["buy"]["contract_id"]
            await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
            final = (await c.hasta(acabado))["proposal_open_contract"]
            assert (final["status"], final["profit"], final["sell_price"]) == (estado, "0.00", "10.00")
        assert b.libro.delta_balance(CUENTA) == 0

    en_laboratorio(prueba)


def test_f17_campos_de_mas_nulos_y_dinero_con_otro_tipo() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F17")
            propuesta = (await c.proponer())["proposal"]
            assert propuesta["ask_price"] == "10.00"
            assert propuesta["longcode"] is None
            assert "campo_futuro" in propuesta
            compra = await c.pedir(buy=propuesta["id"], price=10)
            assert isinstance(compra["buy"]["payout"], str)
            assert isinstance(compra["buy"]["contract_id"], int)
        assert _cuenta(b, "F17") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize("modo", ["json_roto", "binario", "1012", "1006", "tormenta"])
def test_f18_marcos_rotos_y_cierres(modo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F18", modo=modo)
            await c.comprar()
            if modo in ("json_roto", "binario"):
                await asyncio.sleep(3)
                await c.pedir(ping=1)
                assert len(c.raros) == 1
            else:
                with pytest.raises(Caida) as caida:
                    await c.leer(10)
                assert caida.value.codigo == (1012 if modo == "1012" else 1006)
        for _ in range(3 if modo == "tormenta" else 0):
            async with b.conectar() as c:
                with pytest.raises(Caida):
                    await c.leer(10)
        async with b.conectar() as c:
            assert (await c.pedir(ping=1))["ping"] == "pong"
        assert _cuenta(b, "F18") == 1

    en_laboratorio(prueba)


@pytest.mark.parametrize(
    ("clase", "importe", "delta"), [("deposito", 100, 100), ("retiro", 50, -50), ("reset", 0, 10), ("contrato", 7, -7)]
)
def test_f19_otro_mueve_el_dinero(clase: str, importe: int, delta: int) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await _suscribir(c)
            _armar(b, "F19", clase=clase, importe=importe)
            await c.comprar()
            await asyncio.sleep(1.5)
            assert b.libro.movimientos_ajenos(CUENTA) == delta
            await asyncio.sleep(20)
            assert b.libro.delta_balance(CUENTA) == b.libro.beneficio_propio(CUENTA) + b.libro.movimientos_ajenos(
                CUENTA
            )
        assert b.libro.abiertas_max(CUENTA) == 1
        assert _cuenta(b, "F19") == 1

    en_laboratorio(prueba)


def test_f20_dos_contratos_iguales_en_el_mismo_segundo() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            _armar(b, "F20")
            with pytest.raises(Caida):
                await c.comprar()
        async with b.conectar() as c:
            filas = (await c.pedir(statement=1, description=1, action_type="buy"))["statement"]["transactions"]
        assert len({(f["amount"], f["transaction_time"], f["shortcode"]) for f in filas}) == 1
        assert len(filas) == 2
        assert len(b.libro.compras()) == 1
        assert len(b.libro.compras(propias=False)) == 1

    en_laboratorio(prueba)


def test_la_compra_puede_ejecutarse_mucho_despues() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            b.fallos.programar("llegada_tardia", espera_s=30)
            id = (await c.proponer())["proposal"]["id"]
            await c.mandar(buy=id, price=10)
            await asyncio.sleep(1)
        await asyncio.sleep(28)
        assert b.libro.compras() == ()
        await asyncio.sleep(2)
        assert len(b.libro.compras()) == 1

    en_laboratorio(prueba)


def test_el_rechazo_llega_tarde_y_luego_se_ejecuta() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            b.fallos.programar("rechazo_tras_desconocida", espera_s=18, y_luego_s=6)
            id = (await c.proponer())["proposal"]["id"]
            primera = await c.pedir(buy=id, price=10)
            assert error_de(primera) == "InvalidContractProposal"
            assert b.libro.compras() == ()
            await asyncio.sleep(7)
        assert len(b.libro.compras()) == 1

    en_laboratorio(prueba)


def test_los_listados_pueden_ir_con_retraso() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await asyncio.sleep(30)
            await c.comprar()
            b.fallos.programar("listado_rancio", atraso_s=20, dura_s=10)
            assert (await c.pedir(portfolio=1))["portfolio"]["contracts"] == []
            assert (await c.pedir(statement=1))["statement"]["transactions"] == []
            await asyncio.sleep(11)
            assert len((await c.pedir(statement=1))["statement"]["transactions"]) == 2

    en_laboratorio(prueba)


@pytest.mark.parametrize("modo", ["cruzada", "absurda", "cero"])
def test_cotizaciones_imposibles(modo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await c.pedir(ticks="R_50", subscribe=1)
            b.fallos.programar("cotizacion_rara", modo=modo)
            tick = (await c.leer())["tick"]
            normal = b.libro.mercado.precio("R_50", tick["epoch"])
            assert (tick["bid"] > tick["ask"]) == (modo == "cruzada")
            assert tick["quote"] == pytest.approx({"cruzada": 1, "absurda": 10, "cero": 0}[modo] * normal)
            assert (await c.leer())["tick"]["bid"] < normal * 2

    en_laboratorio(prueba)


@pytest.mark.parametrize("modo", ["rechazo", "agujero", "rst"])
def test_apagon_de_toda_la_sede(modo: str) -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await b.servidor.apagones.empezar(modo, dura_s=600)
            await c.mandar(ping=1)
            with pytest.raises(TimeoutError if modo == "agujero" else Caida):
                await c.leer(30)
        plazo = aiohttp.ClientTimeout(total=20)
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            await b.rest("GET", "/trading/v1/options/accounts", timeout=plazo)
        await asyncio.sleep(601)
        async with b.conectar() as c:
            assert (await c.pedir(ping=1))["ping"] == "pong"

    en_laboratorio(prueba)


def test_apagon_lento() -> None:
    async def prueba(b: Banco) -> None:
        async with b.conectar() as c:
            await b.servidor.apagones.empezar("lento", dura_s=60, retraso_s=12)
            bucle, antes = asyncio.get_running_loop(), asyncio.get_running_loop().time()
            await c.pedir(ping=1)
            assert bucle.time() - antes == pytest.approx(12)
            await asyncio.sleep(60)
            antes = bucle.time()
            await c.pedir(ping=1)
            assert bucle.time() == antes

    en_laboratorio(prueba)


def test_el_sorteo_arma_cada_transitorio_y_no_los_terminales() -> None:
    async def prueba(b: Banco) -> None:
        b.fallos.sorteo_por_contrato(p=1.0)
        assert {n for n in NUMERADOS if b.fallos.armado(n)} == set(TRANSITORIOS)
        assert len(TRANSITORIOS) == 16
        b.fallos.desarmar()
        b.fallos.sorteo_por_contrato(p=0.04)
        b.fallos.desarmar()
        for _ in range(60):
            b.fallos.sortear()
        assert sum(b.fallos.armado(n) for n in TRANSITORIOS) > 8
        assert sum(b.fallos.cuentas.values()) == 0  # armado no es ocurrido

    en_laboratorio(prueba)


def test_se_sortea_una_vez_por_contrato_liquidado() -> None:
    async def prueba(b: Banco) -> None:
        b.fallos.sorteo_por_contrato(p=1.0, nombres=["F16_contrato_anulado"])
        async with b.conectar() as c:
            for _ in range(4):
                await c.comprar()
                await asyncio.sleep(10)
        assert _cuenta(b, "F16") == 4
        assert {k.estado for k in b.libro.compras()} <= {"cancelled", "sold"}

    en_laboratorio(prueba)


def test_la_misma_semilla_da_los_mismos_mensajes() -> None:
    async def prueba(b: Banco) -> list[Any]:
        b.libro.mover(CUENTA, "deposit", Decimal(5))
        async with b.conectar() as c:
            await _suscribir(c)
            for _ in range(3):
                await c.comprar()
                await asyncio.sleep(10)
            await c.pedir(ping=1)
            return c.recibidos

    assert en_laboratorio(prueba, 5) == en_laboratorio(prueba, 5)
    assert en_laboratorio(prueba, 5) != en_laboratorio(prueba, 6)
