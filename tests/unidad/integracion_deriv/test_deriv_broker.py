"""El broker de Deriv: comprueba antes de cotizar, escribe una sola vez y no inventa la suerte de nada."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from dominio import puntos_fallo
from dominio.errores import ErrorDenegado, ErrorNoEnviada, ErrorReintentable
from dominio.eventos import ConexionPerdida, PosicionCerrada
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, EstadoOrden, Intencion, TipoOrden
from dominio.posiciones import Resultado
from dominio.puertos import Cotizacion, PlanContrato
from dominio.reloj import de_epoch
from dominio.senales import Direccion
from integracion_deriv import errores
from integracion_deriv.broker import BrokerDeriv
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.mercado import MercadoDeriv
from tests.unidad.integracion_deriv.sede_falsa import ACTIVO, SedeFalsa, abierto, con_sede, de, ganado

pytestmark = pytest.mark.rapido
PLAN = PlanContrato(simbolo="R_50", direccion="CALL", monto=Decimal("10.00"), moneda="USD", duracion=5, unidad="t")
AHORA = de_epoch(1_767_225_600)


def broker_de(cliente: ClienteDeriv, **valores: Any) -> BrokerDeriv:
    return BrokerDeriv(cliente, MercadoDeriv(cliente), **valores)


def intencion(cotizacion: Cotizacion, **campos: Any) -> Intencion:
    return Intencion(
        **{
            "id_cliente": "a" * 26,
            "sede": Sede.DERIV,
            "cuenta": "DOT00000001",
            "entorno": Entorno.SIMULADO,
            "bot": "prueba",
            "clave_senal": "s1",
            "simbolo": "R_50",
            "direccion": Direccion.CALL,
            "tipo": TipoOrden.CONTRATO,
            "monto": Decimal("10.00"),
            "moneda": "USD",
            "riesgo": Decimal("10.00"),
            "creada_en": AHORA,
            "vence_en": AHORA,
            "precio_max": cotizacion.precio,
            "pago": cotizacion.pago,
            "cotizacion_id": cotizacion.id,
            "duracion": 5,
            "unidad_duracion": "t",
            **campos,
        }
    )


def nada() -> None:
    return None


def test_cotiza_con_limites_y_pago() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        cotizacion = await broker_de(cliente).cotizar(PLAN, min_pago=0.9)
        assert (cotizacion.precio, cotizacion.pago) == (10, Decimal("19.5"))
        assert (cotizacion.monto_min, cotizacion.monto_max) == (Decimal("0.35"), Decimal("500.00"))
        pedido = sede.llamadas("proposal")[0]
        assert "subscribe" not in pedido
        assert pedido["amount"] == 10.0 and not isinstance(pedido["amount"], str)

    con_sede(guion)


@pytest.mark.parametrize(
    ("cambios", "min_pago", "activo", "codigo"),
    [
        ({}, None, {"exchange_is_open": 0}, "DER-301"),
        ({}, None, {"is_trading_suspended": 1}, "DER-301"),
        ({"simbolo": "R_10"}, None, {}, "DER-304"),
        ({"duracion": 11}, None, {}, "DER-304"),
        ({"unidad": "s", "duracion": 60}, None, {}, "DER-304"),
        ({"direccion": "PUT"}, None, {}, "DER-304"),
        ({"monto": Decimal("1.005")}, None, {}, "DER-302"),
        ({"monto": Decimal("0")}, None, {}, "DER-302"),
        ({"monto": Decimal("0.34")}, None, {}, "DER-302"),
        ({"monto": Decimal("501")}, None, {}, "DER-302"),
        ({}, 0.96, {}, "DER-311"),
    ],
)
def test_deniega_antes_de_comprometerse(
    cambios: dict[str, Any], min_pago: float | None, activo: dict[str, int], codigo: str
) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        sede.contesta["active_symbols"] = lambda m: {"active_symbols": [{**ACTIVO, **activo}]}
        campos = {campo: cambios.get(campo, getattr(PLAN, campo)) for campo in PLAN.__struct_fields__}
        with pytest.raises(ErrorDenegado) as aviso:
            await broker_de(cliente).cotizar(PlanContrato(**campos), min_pago)
        assert aviso.value.codigo == codigo

    con_sede(guion)


def test_lo_que_la_sede_no_cotiza_es_denegado_y_se_vuelve_a_mirar() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        sede.contesta["proposal"] = lambda m: {"error": {"code": "MarketIsClosed", "message": "x"}}
        with pytest.raises(ErrorDenegado) as aviso:
            await broker.cotizar(PLAN)
        assert aviso.value.codigo == "DER-301"
        sede.contesta["proposal"] = lambda m: {"error": {"code": "InternalServerError"}}
        with pytest.raises(ErrorReintentable):
            await broker.cotizar(PLAN)
        assert len(sede.llamadas("active_symbols")) == 2

    con_sede(guion)


def test_compra_una_vez_y_sigue_el_contrato_hasta_el_final() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        pasos: list[str] = []
        puntos_fallo.instalar(pasos.append)
        try:
            resultado = await broker.enviar(
                intencion(await broker.cotizar(PLAN)), lambda: pasos.append(f"comprobar {len(sede.llamadas('buy'))}")
            )
        finally:
            puntos_fallo.instalar(None)
        assert pasos == ["comprobar 0", "tras_escribir"]
        assert resultado.estado is EstadoOrden.ACEPTADA
        assert resultado.aceptacion is not None
        assert (resultado.aceptacion.referencia, resultado.aceptacion.transaccion) == ("77", "501")
        assert cliente.contexto_de_envio()["ultima_transaccion"] == 501
        await asyncio.sleep(0.1)
        final = {"msg_type": "proposal_open_contract", "proposal_open_contract": ganado()}
        await sede.difundir(final, final)
        await asyncio.sleep(60)
        (cierre,) = de(eventos, PosicionCerrada)
        assert cierre.liquidacion.beneficio == Decimal("9.50")
        assert cierre.liquidacion.resultado is Resultado.GANADA
        assert len(sede.llamadas("buy")) == 1
        assert broker.seguimiento.vigilados == ()

    con_sede(guion)


@pytest.mark.parametrize("codigo", ["PriceMoved", "InsufficientBalance", "MarketIsClosed", "InvalidContractProposal"])
def test_un_rechazo_probado_es_rechazada(codigo: str) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        sede.contesta["buy"] = lambda m: {"error": {"code": codigo, "message": "x"}}
        resultado = await broker.enviar(intencion(await broker.cotizar(PLAN)), nada)
        assert resultado.estado is EstadoOrden.RECHAZADA
        assert resultado.codigo == codigo
        assert resultado.mensaje == errores.frase_rechazo(codigo)

    con_sede(guion)


@pytest.mark.parametrize(
    "respuesta",
    [
        {"error": {"code": "InternalServerError"}, "msg_type": "error"},
        {"error": {"code": "Timeout"}},
        {"error": {"code": "RateLimit"}},
        {"error": {"code": "AlgoNuevo"}},
        {"error": {}},
        {"error": "raro"},
        {"buy": {}},
        {"buy": None},
        {},
        "corte",
        None,
    ],
)
def test_lo_que_no_esta_probado_es_desconocida_y_no_se_reenvia(respuesta: Any) -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        sede.contesta["buy"] = lambda m: respuesta
        resultado = await broker.enviar(intencion(await broker.cotizar(PLAN)), nada)
        assert resultado.estado is EstadoOrden.DESCONOCIDA
        assert resultado.aceptacion is None
        await asyncio.sleep(90)
        assert len(sede.llamadas("buy")) == 1

    con_sede(guion)


def test_una_compra_sin_respuesta_corta_su_conexion() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        cotizacion = await broker.cotizar(PLAN)
        sede.contesta["buy"] = lambda m: None
        antes = asyncio.get_running_loop().time()
        resultado = await broker.enviar(intencion(cotizacion), nada)
        assert resultado.codigo == "DER-330"
        assert asyncio.get_running_loop().time() - antes == pytest.approx(15, abs=0.1)
        await asyncio.sleep(0.1)
        assert de(eventos, ConexionPerdida)[0].motivo == "compra sin respuesta"

    con_sede(guion)


def test_una_respuesta_tardia_es_evidencia_y_no_otra_compra() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        tardias: list[Aceptacion] = []
        broker = broker_de(cliente, al_llegar_tarde=lambda pedida, prueba: tardias.append(prueba))
        buena = sede.contesta["buy"]
        sede.contesta["buy"] = lambda m: [{"error": {"code": "Timeout"}, "msg_type": "error"}, buena(m), buena(m)]
        resultado = await broker.enviar(intencion(await broker.cotizar(PLAN)), nada)
        assert resultado.estado is EstadoOrden.DESCONOCIDA
        await asyncio.sleep(0.1)
        assert tardias[0].referencia == "77"
        assert cliente.evidencias["a" * 26].referencia == "77"
        assert broker.seguimiento.vigilados == ()

    con_sede(guion)


def test_si_la_ultima_comprobacion_falla_no_sale_nada() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)

        def frenar() -> None:
            raise ErrorNoEnviada("FRE-01", "frenado")

        def romper() -> None:
            raise ZeroDivisionError

        for comprobar, codigo in ((frenar, "FRE-01"), (romper, "DER-323")):
            resultado = await broker.enviar(intencion(await broker.cotizar(PLAN)), comprobar)
            assert (resultado.estado, resultado.codigo) == (EstadoOrden.NO_ENVIADA, codigo)
        await asyncio.sleep(1)
        assert not sede.llamadas("buy")

    con_sede(guion)


def test_no_envia_sin_conexion_ni_con_cotizacion_ajena_o_usada() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        vieja = await broker.cotizar(PLAN)
        await sede.sockets[-1].close()
        await asyncio.sleep(0.1)
        sin_red = await broker.enviar(intencion(vieja), nada)
        await cliente.esperar_lista()
        de_otra = await broker.enviar(intencion(vieja), nada)
        nueva = await broker.cotizar(PLAN)
        await broker.enviar(intencion(nueva), nada)
        repetida = await broker.enviar(intencion(nueva), nada)
        sin_precio = await broker.enviar(intencion(nueva, precio_max=None), nada)
        codigos = [(r.estado, r.codigo) for r in (sin_red, de_otra, repetida, sin_precio)]
        no = EstadoOrden.NO_ENVIADA
        assert codigos == [(no, "DER-203"), (no, "DER-322"), (no, "DER-322"), (no, "DER-321")]
        assert len(sede.llamadas("buy")) == 1

    con_sede(guion)


def test_sin_presupuesto_la_compra_no_sale_ni_espera() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        cotizacion = await broker.cotizar(PLAN)
        while not cliente.presupuesto.espera("buy"):
            cliente.presupuesto.tomar_ya("sell")
        antes = asyncio.get_running_loop().time()
        resultado = await broker.enviar(intencion(cotizacion), nada)
        assert (resultado.estado, resultado.codigo) == (EstadoOrden.NO_ENVIADA, "DER-320")
        assert asyncio.get_running_loop().time() == antes

    con_sede(guion)


# ── el seguimiento de un contrato ────────────────────────────────────────────────────────────────────────────────


def test_si_el_final_no_llega_tras_la_venta_se_pide() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        broker.vigilar("77")
        await asyncio.sleep(1)
        sede.contesta["proposal_open_contract"] = lambda m: {"proposal_open_contract": ganado()}
        fila = {"action": "sell", "amount": 19.5, "balance": 1, "transaction_id": 3, "transaction_time": 1_767_225_601}
        await sede.difundir({"msg_type": "transaction", "transaction": {**fila, "contract_id": 77}})
        antes = asyncio.get_running_loop().time()
        while not de(eventos, PosicionCerrada):
            await asyncio.sleep(0.1)
        assert asyncio.get_running_loop().time() - antes == pytest.approx(1.5, abs=0.2)

    con_sede(guion)


def test_vencido_sin_noticias_se_consulta_y_luego_vale_la_tabla() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        vencido = abierto(is_expired=1, profit="-10.00")
        sede.contesta["proposal_open_contract"] = lambda m: {"proposal_open_contract": vencido}
        broker.vigilar("77")
        await asyncio.sleep(60)
        assert len(sede.llamadas("proposal_open_contract")) >= 3
        assert not de(eventos, PosicionCerrada)
        cerrada = {"contract_id": 77, "buy_price": 10, "sell_price": 0, "sell_time": 1_767_225_640}
        sede.contesta["profit_table"] = lambda m: {"profit_table": {"transactions": [cerrada]}}
        await asyncio.sleep(60)
        (cierre,) = de(eventos, PosicionCerrada)
        assert (cierre.liquidacion.resultado, cierre.liquidacion.beneficio) == (Resultado.PERDIDA, -10)

    con_sede(guion)


def test_tras_reconectar_se_vuelve_a_seguir_lo_abierto() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker = broker_de(cliente)
        broker.vigilar("77")
        broker.vigilar("77")
        await asyncio.sleep(0.5)
        assert len(sede.llamadas("proposal_open_contract")) == 1
        sede.contesta["proposal_open_contract"] = lambda m: {
            "proposal_open_contract": ganado(status="cancelled", sell_price="10.00", profit="0.00")
        }
        await sede.sockets[-1].close()
        await asyncio.sleep(3)
        (cierre,) = de(eventos, PosicionCerrada)
        assert (cierre.liquidacion.resultado, cierre.liquidacion.beneficio) == (Resultado.NULA, 0)

    con_sede(guion)


def test_si_la_duracion_no_cabe_en_lo_recordado_se_vuelve_a_mirar() -> None:
    async def guion(sede: SedeFalsa, cliente: ClienteDeriv, eventos: list[Any]) -> None:
        broker, buena = broker_de(cliente), sede.contesta["contracts_for"]
        sede.contesta["contracts_for"] = lambda m: {"contracts_for": {"available": []}}
        with pytest.raises(ErrorDenegado):
            await broker.cotizar(PLAN)
        sede.contesta["contracts_for"] = buena
        await asyncio.sleep(20)
        await broker.cotizar(PLAN)
        assert len(sede.llamadas("contracts_for")) == 2

    con_sede(guion)
