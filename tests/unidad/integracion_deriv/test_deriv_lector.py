"""El lector de Deriv: halla la compra perdida, no confunde a su gemela y no da por limpia una lectura que falló."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from dominio.errores import ErrorPermanente, ErrorReintentable, ErrorTimonel
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, Busqueda, Intencion, TipoOrden
from dominio.posiciones import Resultado
from dominio.reloj import RelojManual, de_epoch
from dominio.senales import Direccion
from integracion_deriv import codec
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.conexion import Conexion
from integracion_deriv.hora_sede import HoraSede
from integracion_deriv.lector import LectorDeriv
from simulacion.bucles import correr
from tests.unidad.integracion_deriv.sede_falsa import SedeFalsa, con_sede, ganado

pytestmark = pytest.mark.rapido
T0 = 1_767_225_600
ENVIADO = de_epoch(T0)
INTENCION = Intencion(
    id_cliente="b" * 26,
    sede=Sede.DERIV,
    cuenta="DOT00000001",
    entorno=Entorno.SIMULADO,
    bot="prueba",
    clave_senal="s1",
    simbolo="R_50",
    direccion=Direccion.CALL,
    tipo=TipoOrden.CONTRATO,
    monto=Decimal("10.00"),
    moneda="USD",
    riesgo=Decimal("10.00"),
    creada_en=ENVIADO,
    vence_en=ENVIADO + timedelta(seconds=5),
    duracion=5,
    unidad_duracion="t",
    contexto={"balance": "1000.00", "ultima_transaccion": 500, "hora_sede_ms": T0 * 1000},
)


def fila_extracto(contrato: int = 77, transaccion: int = 501, **campos: Any) -> dict[str, Any]:
    return {
        "action_type": "buy",
        "amount": -10,
        "balance_after": 990,
        "contract_id": contrato,
        "transaction_id": transaccion,
        "transaction_time": T0 + 1,
        "shortcode": f"CALL_R_50_19.5_{T0 + 1}_5T_S0P_0",
        **campos,
    }


def fila_cartera(contrato: int = 77, transaccion: int = 501, **campos: Any) -> dict[str, Any]:
    return {
        "contract_id": contrato,
        "transaction_id": transaccion,
        "contract_type": "CALL",
        "underlying_symbol": "R_50",
        "buy_price": 10,
        "payout": 19.5,
        "purchase_time": T0 + 1,
        **campos,
    }


class Guion:
    """Una función de lectura con respuestas fijas; un error en el guion se lanza."""

    def __init__(self, **respuestas: Any) -> None:
        self.pedidos: list[dict[str, Any]] = []
        self.respuestas: dict[str, Any] = {
            "portfolio": [],
            "statement": [],
            "profit_table": [],
            "balance": "1000.00",
            "proposal_open_contract": {},
            "time": T0,
            **respuestas,
        }

    async def __call__(self, peticion: dict[str, Any]) -> dict[str, Any]:
        self.pedidos.append(peticion)
        llamada = next(iter(peticion))
        valor = self.respuestas[llamada]
        if isinstance(valor, ErrorTimonel):
            raise valor
        if llamada == "portfolio":
            return {"portfolio": {"contracts": valor}}
        if llamada in ("statement", "profit_table"):
            return {llamada: {"transactions": valor}}
        return {llamada: {"balance": valor, "currency": "USD", "loginid": "DOT1"} if llamada == "balance" else valor}


def buscar(guion: Guion, intencion: Intencion = INTENCION, **valores: Any) -> Busqueda:
    async def todo() -> Busqueda:
        lector = LectorDeriv(guion, HoraSede(RelojManual(T0 * 1000 + 25_000)), **valores)
        return await lector.buscar(intencion, ENVIADO)

    return correr(todo())


@pytest.mark.parametrize(
    "respuestas",
    [
        {"portfolio": [fila_cartera()], "statement": [fila_extracto()], "balance": 990},
        {"statement": [fila_extracto()], "balance": 990},
        {"portfolio": [fila_cartera()], "balance": 990},
        {"profit_table": [{**fila_cartera(), "sell_price": 0, "sell_time": T0 + 12}]},
        {"proposal_open_contract": {**fila_cartera(), "transaction_ids": {"buy": 501}, "status": "open"}},
        {"portfolio": [fila_cartera(underlying_symbol=None, symbol="R_50")]},
    ],
)
def test_halla_la_compra_este_donde_este(respuestas: dict[str, Any]) -> None:
    busqueda = buscar(Guion(**respuestas))
    (hallada,) = busqueda.coincidencias
    assert (hallada.referencia, hallada.transaccion, hallada.precio) == ("77", "501", 10)
    assert hallada.tras_buscar
    assert busqueda.limpia


@pytest.mark.parametrize(
    "fila",
    [
        fila_extracto(amount=-10.01),
        fila_extracto(transaccion=500),
        fila_extracto(transaction_time=T0 - 3),
        fila_extracto(transaction_time=T0 + 51),
        fila_extracto(shortcode=f"PUT_R_50_19.5_{T0}_5T_S0P_0"),
        fila_extracto(shortcode=f"CALL_R_100_19.5_{T0}_5T_S0P_0"),
        fila_extracto(shortcode=f"CALL_R_50_19.5_{T0}_6T_S0P_0"),
        fila_extracto(shortcode=None),
        fila_extracto(action_type="sell", amount=10),
    ],
)
def test_lo_parecido_no_es_lo_buscado(fila: dict[str, Any]) -> None:
    assert buscar(Guion(statement=[fila])).coincidencias == ()


@pytest.mark.parametrize("segundos", [-2, 0, 20, 50])
def test_la_ventana_admite_llegadas_tardias(segundos: int) -> None:
    assert len(buscar(Guion(statement=[fila_extracto(transaction_time=T0 + segundos)])).coincidencias) == 1


def test_dos_gemelas_son_dos_coincidencias_y_la_conocida_no_cuenta() -> None:
    filas = [fila_extracto(), fila_extracto(78, 502)]
    assert {c.referencia for c in buscar(Guion(statement=filas)).coincidencias} == {"77", "78"}

    async def conocida(referencia: str) -> bool:
        return referencia == "77"

    for ya in ({"77"}, conocida, lambda referencia: referencia == "77"):
        (hallada,) = buscar(Guion(statement=filas), ya_conocidas=ya).coincidencias
        assert hallada.referencia == "78"


ROTA = ErrorReintentable("X", "x")


@pytest.mark.parametrize(
    ("llamada", "fallo"),
    [
        ("proposal_open_contract", ROTA),
        *((llamada, fallo) for llamada in ("portfolio", "statement", "profit_table") for fallo in (ROTA, "raro", None)),
    ],
)
def test_una_lectura_fallida_nunca_es_limpia(llamada: str, fallo: Any) -> None:
    busqueda = buscar(Guion(**{llamada: fallo}))
    assert not busqueda.limpia
    assert not busqueda.balance_explicado


@pytest.mark.parametrize(
    ("respuestas", "explicado"),
    [
        ({}, True),
        ({"balance": "990.00"}, False),
        ({"balance": 990, "statement": [fila_extracto()]}, True),
        ({"balance": 1000, "statement": [fila_extracto()]}, False),
        ({"balance": ErrorReintentable("X", "x")}, False),
        (
            {
                "balance": "1009.50",
                "statement": [
                    fila_extracto(transaccion=502, action_type="sell", amount=19.5, balance_after="1009.50"),
                    fila_extracto(),
                    fila_extracto(transaccion=400, amount=-3, balance_after=7),
                ],
            },
            True,
        ),
        ({"balance": 1100, "statement": [fila_extracto(action_type="deposit", amount=100, balance_after=1)]}, True),
    ],
)
def test_el_balance_se_explica_con_el_extracto_o_no_se_explica(respuestas: dict[str, Any], explicado: bool) -> None:
    assert buscar(Guion(**respuestas)).balance_explicado is explicado


def test_pide_con_las_fechas_de_la_sede() -> None:
    guion = Guion()
    buscar(guion)
    extracto = next(p for p in guion.pedidos if "statement" in p)
    assert (extracto["date_from"], extracto["date_to"]) == (T0 - 5, T0 + 25 + 60 + 1)
    assert extracto["description"] == 1
    beneficios = next(p for p in guion.pedidos if "profit_table" in p)
    assert beneficios["date_from"] == str(T0 - 5)


def test_aunque_cambien_el_reloj_del_equipo_la_ventana_es_la_de_la_sede() -> None:
    async def todo() -> Busqueda:
        reloj = RelojManual((T0 + 3600) * 1000)  # alguien adelantó el equipo una hora
        hora = HoraSede(reloj)
        hora.poner(T0 + 25)
        return await LectorDeriv(Guion(statement=[fila_extracto()]), hora).buscar(INTENCION, ENVIADO)

    assert len(correr(todo()).coincidencias) == 1


def test_la_respuesta_tardia_es_prueba_y_no_hay_que_comparar() -> None:
    prueba = Aceptacion(referencia="91", hora=ENVIADO, precio=Decimal(10))
    guion = Guion(statement=[fila_extracto()])
    busqueda = buscar(guion, evidencias={"b" * 26: prueba})
    assert busqueda.coincidencias == (prueba,)


def test_posicion_por_numero_abierta_cerrada_o_ninguna() -> None:
    async def posicion(guion: Guion, referencia: str = "77") -> Any:
        return await LectorDeriv(guion, HoraSede(RelojManual())).posicion(referencia)

    cerrada = correr(posicion(Guion(proposal_open_contract=ganado())))
    assert cerrada.liquidacion.resultado is Resultado.GANADA
    no_hay = ErrorPermanente("DER-309", "x")
    fila = {**fila_cartera(), "sell_price": 0, "sell_time": T0 + 12}
    de_tabla = correr(posicion(Guion(proposal_open_contract=no_hay, profit_table=[fila])))
    assert de_tabla.liquidacion.beneficio == -10
    assert correr(posicion(Guion(proposal_open_contract=no_hay))) is None
    with pytest.raises(ErrorReintentable):
        correr(posicion(Guion(proposal_open_contract=ErrorReintentable("X", "x"))))
    with pytest.raises(ErrorReintentable):
        correr(posicion(Guion(proposal_open_contract=no_hay, profit_table=None)))


def test_movimientos_pagina_y_ordena() -> None:
    class Paginas(Guion):
        async def __call__(self, peticion: dict[str, Any]) -> dict[str, Any]:
            todas = [fila_extracto(transaccion=n) for n in range(1500, 0, -1)]
            return {"statement": {"transactions": todas[peticion["offset"] :][: peticion["limit"]]}}

    async def leer() -> Any:
        lector = LectorDeriv(Paginas(), HoraSede(RelojManual()))
        return await lector.movimientos(ENVIADO, ENVIADO + timedelta(hours=1))

    leidos = correr(leer())
    assert [int(m.transaccion) for m in leidos] == list(range(1, 1501))


def test_saldo_y_abiertas_no_inventan() -> None:
    async def todo() -> None:
        lector = LectorDeriv(Guion(portfolio=[fila_cartera(), {"contract_id": None}]), HoraSede(RelojManual()))
        assert [p.referencia for p in await lector.abiertas()] == ["77"]
        assert (await lector.saldo()).balance == 1000
        assert (await lector.hora()) == ENVIADO
        with pytest.raises(ErrorReintentable):
            await LectorDeriv(Guion(portfolio=None), HoraSede(RelojManual())).abiertas()
        with pytest.raises(ErrorReintentable):
            await LectorDeriv(Guion(balance=None), HoraSede(RelojManual())).saldo()
        await asyncio.sleep(0)

    correr(todo())


def test_el_lector_no_tiene_con_que_comprar() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        lector = LectorDeriv.de_cliente(cliente)
        with pytest.raises(ValueError):
            await lector._pedir({"buy": "x" * 36, "price": 1})
        assert not sede.llamadas("buy")
        assert not any(isinstance(valor, ClienteDeriv | Conexion) for valor in vars(lector).values())

    con_sede(guion)


def test_un_extracto_al_que_le_falta_lo_ya_anunciado_no_es_limpio() -> None:
    venta = fila_extracto(transaccion=502, action_type="sell", amount=10, balance_after="1000.00")
    vista = codec.a_movimiento(venta)
    rancio = buscar(Guion(), ultimo_visto=lambda: vista)
    assert (rancio.coincidencias, rancio.limpia, rancio.balance_explicado) == ((), False, False)
    al_dia = buscar(Guion(statement=[venta, fila_extracto()]), ultimo_visto=lambda: vista)
    assert al_dia.limpia and al_dia.balance_explicado and len(al_dia.coincidencias) == 1
    vieja = codec.a_movimiento({**venta, "transaction_time": T0 - 60})
    assert buscar(Guion(), ultimo_visto=lambda: vieja).limpia
