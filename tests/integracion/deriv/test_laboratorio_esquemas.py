"""Todo lo que la sede de laboratorio admite y envía, en los dos dialectos, contra los esquemas oficiales."""

import asyncio
import copy
from typing import Any

import pytest

from laboratorio.deriv import tablas
from laboratorio.deriv.validacion import defectos
from tests.esquemas_deriv import Registro, _validador, hay_esquemas
from tests.integracion.deriv.ayudas_laboratorio import ACCOUNTS, CUENTA, REAL, Banco, acabado, en_laboratorio, error_de

pytestmark = [
    pytest.mark.esquemas,
    pytest.mark.skipif(not hay_esquemas(), reason="no están los esquemas oficiales: indique TIMONEL_COMPARTIDO"),
]

COMUNES: list[dict[str, Any]] = [
    {"ping": 1, "passthrough": {"a": 1}},
    {"time": 1},
    {"trading_times": "2026-01-01"},
    {"ticks": "R_50"},
    {"ticks": ["R_25", "1HZ10V"], "subscribe": 1},
    {"ticks_history": "R_50", "end": "latest", "count": 20, "style": "ticks", "adjust_start_time": 1},
    {"ticks_history": "R_100", "end": "latest", "count": 5, "subscribe": 1},
    {"ticks_history": "1HZ75V", "end": "latest", "count": 5, "style": "candles", "granularity": 120, "subscribe": 1},
    {"ticks_history": "R_50", "start": 1767222000, "end": "1767225600", "style": "candles", "granularity": 300},
    {"active_symbols": "brief"},
    {"active_symbols": "full", "contract_type": ["CALL", "PUT"]},
    {"contracts_for": "R_50"},
    {"balance": 1, "subscribe": 1},
    {"transaction": 1, "subscribe": 1},
    {"proposal_open_contract": 1},
    {"portfolio": 1, "contract_type": ["CALL", "PUT"]},
    {"forget": "x" * 32},
    {"sell": 1, "price": 0},
    {"contracts_for": "NO_HAY"},
    {"time": 1, "de_mas": True},
    {"esto_no_existe": 1},
]
SOLO_NUEVA: list[dict[str, Any]] = [{"contracts_list": 1}]
SOLO_V3: list[dict[str, Any]] = [
    {"website_status": 1, "subscribe": 1},
    {"topup_virtual": 1},
    {"contracts_for": "R_50", "currency": "USD", "landing_company": "svg", "product_type": "basic"},
    {"balance": 1, "account": "current"},
]
FINALES: list[dict[str, Any]] = [
    {"portfolio": 1},
    {"statement": 1, "description": 1, "limit": 10, "date_from": 1767225600, "date_to": 1767229000},
    {"statement": 1, "action_type": "buy"},
    {"profit_table": 1, "description": 1, "limit": 5, "sort": "ASC", "date_from": "2026-01-01"},
    {"forget_all": ["ticks", "candles", "proposal"]},
    {"forget_all": "proposal_open_contract"},
    {"logout": 1},
    {"balance": 1},
]


async def _recorrer(b: Banco, c: Any, peticiones: list[dict[str, Any]]) -> None:
    for peticion in peticiones:
        await c.pedir(**peticion)
    b.fallos.desarmar()
    for tipo, duracion, unidad in (("CALL", 5, "t"), ("PUTE", 15, "s"), ("CALLE", 1, "t")):
        cambios = {"contract_type": tipo, "duration": duracion, "duration_unit": unidad}
        propuesta = await c.proponer("1HZ100V", subscribe=1, **cambios)
        await c.pedir(buy=propuesta["proposal"]["id"], price=10, subscribe=1)
        await c.pedir(proposal_open_contract=1)
        await c.pedir(portfolio=1)
        await c.hasta(acabado)
    b.fallos.programar("F16_contrato_anulado")
    b.fallos.programar("F08_liquidacion_tardia", dura_s=10)
    id = (await c.comprar())["buy"]["contract_id"]
    await c.pedir(proposal_open_contract=1, contract_id=id, subscribe=1)
    await c.hasta(acabado)
    assert error_de(await c.proponer(amount=0.1)) == "InvalidMinStake"
    b.servidor.efectos.mover_ajeno(CUENTA, "deposito", 10)
    b.servidor.efectos.mover_ajeno(CUENTA, "retiro", 10)
    await asyncio.sleep(100)
    for peticion in FINALES:
        await c.pedir(**peticion)


def test_la_api_nueva_cumple_sus_esquemas() -> None:
    registro = Registro()

    async def prueba(b: Banco) -> None:
        for metodo, ruta, opciones in (
            ("GET", ACCOUNTS, {}),
            ("POST", ACCOUNTS, {"json": {"currency": "USD", "group": "row", "account_type": "demo"}}),
            ("POST", f"{ACCOUNTS}/{CUENTA}/reset-demo-balance", {}),
            ("POST", f"{ACCOUNTS}/{REAL}/reset-demo-balance", {}),
        ):
            await b.rest(metodo, ruta, **opciones)
        async with b.conectar() as c:
            await _recorrer(b, c, COMUNES + SOLO_NUEVA)
        async with b.conectar(b.servidor.url_ws + "/trading/v1/options/ws/public") as c:
            await c.pedir(ticks="R_10", subscribe=1)
            assert error_de(await c.pedir(portfolio=1)) == "AuthorizationRequired"

    en_laboratorio(prueba, espia=registro.anotar)
    registro.exigir_limpio()
    llamadas = {
        llamada for direccion, dialecto, llamada in registro.cuentas if dialecto == "nueva" and direccion == "recibido"
    }
    assert llamadas - {"(error sin llamada)"} == set(tablas.NUEVA)


def test_la_api_v3_cumple_sus_esquemas() -> None:
    registro = Registro()

    async def prueba(b: Banco) -> None:
        async with b.conectar_v3() as c:
            await _recorrer(b, c, COMUNES + SOLO_V3)
        async with b.conectar_v3("otro-token") as c:
            assert error_de(c.recibidos[0]) == "InvalidToken"

    en_laboratorio(prueba, espia=registro.anotar)
    registro.exigir_limpio()
    llamadas = {
        llamada for direccion, dialecto, llamada in registro.cuentas if dialecto == "v3" and direccion == "recibido"
    }
    assert llamadas - {"(error sin llamada)"} == set(tablas.V3)


VALORES: list[Any] = [
    1,
    0,
    2,
    -1,
    1.5,
    60,
    "1",
    "",
    "latest",
    "CALL",
    "HIGHER",
    "SNOWUP",
    "svg",
    "x" * 40,
    "R 50",
    True,
]
VALORES += [None, [], ["CALL", "CALL"], ["CALL"], ["R_50"], ["ticks"], {}, {"stop_loss": 1}, "2026-01-01", "t", "stake"]


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
def test_nuestras_tablas_dicen_lo_mismo_que_los_esquemas(dialecto: str) -> None:
    todas = tablas.NUEVA if dialecto == "nueva" else tablas.V3
    distintas = []
    for llamada, tabla in todas.items():
        esquema = _validador("enviado", dialecto, llamada)
        bases = [_minima(tabla, llamada)]
        assert set(tabla.claves) == set(esquema.schema["properties"]), llamada
        for base in bases:
            assert not defectos(tabla, base), (llamada, base)
            for mutada in _mutaciones(tabla, base):
                if bool(defectos(tabla, mutada)) == esquema.is_valid(mutada):
                    distintas.append((llamada, mutada))
    assert distintas == []


def test_los_parametros_de_compra_tambien() -> None:
    base = {"amount": 1, "contract_type": "CALL", "currency": "USD", "underlying_symbol": "R_50"}
    tabla, esquema = tablas.NUEVA["buy"], _validador("enviado", "nueva", "buy")
    for clave in [*esquema.schema["properties"]["parameters"]["properties"], "symbol"]:
        for valor in VALORES:
            peticion = {"buy": "1", "price": 1, "parameters": {**base, clave: valor}}
            assert bool(defectos(tabla, peticion)) != esquema.is_valid(peticion), peticion


def _minima(tabla: Any, llamada: str) -> dict[str, Any]:
    ejemplos: dict[str, Any] = {
        "active_symbols": "brief",
        "contracts_for": "R_50",
        "ticks": "R_50",
        "ticks_history": "R_50",
        "end": "latest",
        "forget": "x" * 32,
        "forget_all": "ticks",
        "trading_times": "today",
        "contract_type": "CALL",
        "currency": "USD",
        "symbol": "R_50",
        "underlying_symbol": "R_50",
        "buy": "1",
        "authorize": "abc",
    }
    return {clave: ejemplos.get(clave, 1) for clave in tabla.obligatorias}


def _mutaciones(tabla: Any, base: dict[str, Any]) -> list[dict[str, Any]]:
    casos = [{k: v for k, v in base.items() if k != fuera} for fuera in base]
    casos.append({**base, "de_mas": 1})
    for clave in tabla.claves:
        casos += [{**copy.deepcopy(base), clave: valor} for valor in VALORES]
    return casos
