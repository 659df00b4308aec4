"""Las piezas puras de Deriv: direcciones, configuración, códec, código corto, presupuesto, retroceso, errores."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.azar import AzarSemilla
from dominio.errores import ErrorConfiguracion, ErrorDenegado, ErrorDetener, ErrorRetroceder
from dominio.instrumentos import Entorno
from dominio.posiciones import Resultado
from dominio.puertos import PlanContrato
from integracion_deriv import codec, errores, peticiones, tramas
from integracion_deriv.config import ConfigDeriv, desde_entorno
from integracion_deriv.direcciones import exigir_direccion, exigir_puerta
from integracion_deriv.presupuesto import LIMITES_NUEVA, LIMITES_V3, Presupuesto
from integracion_deriv.retroceso import Retroceso
from integracion_deriv.shortcode import leer_codigo_corto
from simulacion.bucles import correr
from tests.unidad.integracion_deriv.sede_falsa import abierto, ganado

pytestmark = pytest.mark.rapido


@pytest.mark.parametrize(
    ("url", "permitidos", "codigo"),
    [
        ("https://api.derivws.com", (), None),
        ("wss://ws.derivws.com/", (), None),
        ("http://127.0.0.1:8000", (), None),
        ("ws://[::1]:9", (), None),
        ("http://localhost", (), None),
        ("https://sede.ejemplo", ("sede.ejemplo",), None),
        ("http://sede.ejemplo", ("sede.ejemplo",), "DER-002"),
        ("http://api.derivws.com", (), "DER-002"),
        ("https://api.derivws.com.malo.ejemplo", (), "DER-002"),
        ("https://malo.ejemplo/api.derivws.com", (), "DER-002"),
        ("https://127.0.0.1.malo.ejemplo", (), "DER-002"),
        ("https://alguien:x@api.derivws.com", (), "DER-001"),
        ("ftp://127.0.0.1", (), "DER-001"),
        ("http://127.0.0.1:hola", (), "DER-001"),
        ("", (), "DER-001"),
    ],
)
def test_solo_se_habla_con_equipos_permitidos(url: str, permitidos: tuple[str, ...], codigo: str | None) -> None:
    if codigo is None:
        assert exigir_direccion(url, permitidos) == url.rstrip("/")
        return
    with pytest.raises(ErrorConfiguracion) as aviso:
        exigir_direccion(url, permitidos)
    assert aviso.value.codigo == codigo


@pytest.mark.parametrize(
    ("camino", "permitido", "real", "abre"),
    [
        ("/x/ws/demo?otp=1", False, False, True),
        ("/x/ws/demo?otp=1", True, False, True),
        ("/x/ws/real?otp=1", False, False, False),
        ("/x/ws/real?otp=1", True, False, False),
        ("/x/ws/real?otp=1", False, True, False),
        ("/x/ws/real?otp=/ws/demo", False, False, False),
        ("/x/ws/real#/ws/demo", False, False, False),
        ("/x/ws/demo?otp=1", False, True, False),
        ("/x/ws/real?otp=1", True, True, True),
        ("/x/ws/demo?otp=1", True, True, False),
        ("/x/ws/demos", False, False, False),
    ],
)
def test_la_puerta_de_la_demo(camino: str, permitido: bool, real: bool, abre: bool) -> None:
    url = "wss://api.derivws.com" + camino
    if abre:
        assert exigir_puerta(url, real_permitido=permitido, cuenta_real=real) == url
    else:
        with pytest.raises(ErrorDetener):
            exigir_puerta(url, real_permitido=permitido, cuenta_real=real)


def test_la_configuracion_viene_del_entorno(tmp_path: Path) -> None:
    fichero = tmp_path / "clave"
    fichero.write_text("  de-fichero\n")
    config = desde_entorno(
        {
            "TIMONEL_DERIV_TOKEN_FILE": str(fichero),
            "TIMONEL_DERIV_APP_ID": "42",
            "TIMONEL_DERIV_DIALECTO": "v3",
            "TIMONEL_DERIV_REST_URL": "https://sede.ejemplo/",
            "TIMONEL_HOSTS_PERMITIDOS": "otro.ejemplo, sede.ejemplo",
            "TIMONEL_PERMITIR_REAL": "1",
        },
        entorno=Entorno.REAL,
    )
    assert config.token.get_secret_value() == "de-fichero"
    assert (config.app_id, config.dialecto, config.real_permitido) == ("42", "v3", True)
    assert "de-fichero" not in repr(config)
    assert desde_entorno({"TIMONEL_PERMITIR_REAL": "1"}).real_permitido is False
    assert desde_entorno({}, entorno=Entorno.REAL).real_permitido is False


@pytest.mark.parametrize(
    ("valores", "codigo"),
    [
        ({"tokenn": "secreto-mio"}, "DER-004"),
        ({"dialecto": "v9"}, "DER-004"),
        ({"plazos": {"compra_s": 0}}, "DER-004"),
        ({"url_rest": "https://malo.ejemplo"}, "DER-002"),
        ({"entorno": Entorno.SIMULADO}, "DER-003"),
    ],
)
def test_una_configuracion_mala_se_dice_sin_enseñar_valores(valores: dict[str, Any], codigo: str) -> None:
    with pytest.raises(ErrorConfiguracion) as aviso:
        ConfigDeriv.crear(token="secreto-mio", **valores)
    assert aviso.value.codigo == codigo
    assert "secreto-mio" not in repr(aviso.value.como_dict()) + str(aviso.value)


def test_faltan_credenciales() -> None:
    for valores, codigo in (({"app_id": "1"}, "DER-101"), ({"token": "x"}, "DER-111")):
        with pytest.raises(ErrorConfiguracion) as aviso:
            ConfigDeriv.crear(**valores).exigir_credenciales()
        assert aviso.value.codigo == codigo
    with pytest.raises(ErrorConfiguracion) as aviso:
        desde_entorno({"TIMONEL_DERIV_TOKEN_FILE": "/no/existe"})
    assert aviso.value.codigo == "DER-005"


# ── códec ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.decimals(min_value="-1e9", max_value="1e9", allow_nan=False, allow_infinity=False, places=2))
def test_un_importe_vale_igual_como_texto_o_como_numero(valor: Decimal) -> None:
    trama = tramas.escribir({"texto": str(valor), "numero": valor})
    leido = tramas.leer(trama)
    assert leido is not None
    assert codec.importe(leido["texto"]) == codec.importe(leido["numero"]) == valor


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_lo_raro_no_es_un_importe_ni_rompe(valor: Any) -> None:
    numero = codec.importe(valor)
    assert numero is None or numero.is_finite()
    fila = {"contract_id": valor, "status": valor, "is_sold": valor, "buy_price": valor, "sell_time": valor}
    assert codec.a_liquidacion(fila) is None or codec.es_terminal(fila)
    codec.a_posicion(fila)
    codec.a_movimiento({"transaction_id": valor, "amount": valor, "balance": valor, "transaction_time": valor})
    codec.a_instrumento({"underlying_symbol": valor, "pip_size": valor})


@pytest.mark.parametrize(
    ("fila", "resultado", "beneficio"),
    [
        (ganado(), Resultado.GANADA, "9.50"),
        (ganado(status="lost", sell_price="0.00", profit="-10.00"), Resultado.PERDIDA, "-10.00"),
        (ganado(status="cancelled", sell_price="10.00", profit="0.00"), Resultado.NULA, "0"),
        (ganado(status="cancelled", sell_price=None, profit="0.00"), Resultado.NULA, "0"),
        (ganado(status="cancelled", sell_price="10.00", profit="-0.10"), Resultado.NULA, "-0.10"),
        (ganado(status="sold", sell_price="10.00"), Resultado.NULA, "0"),
        (ganado(status="won", is_sold=None, is_expired=0), Resultado.GANADA, "9.50"),
        (ganado(status="sold", sell_price="4.20"), Resultado.PERDIDA, "-5.80"),
        (ganado(status=None, sell_price=Decimal("19.5")), Resultado.GANADA, "9.50"),
        (ganado(sell_price=None, profit="9.50"), Resultado.GANADA, "9.50"),
    ],
)
def test_la_liquidacion_es_la_que_dice_la_sede(fila: dict[str, Any], resultado: Resultado, beneficio: str) -> None:
    liquidacion = codec.a_liquidacion(fila)
    assert liquidacion is not None
    assert (liquidacion.resultado, liquidacion.beneficio) == (resultado, Decimal(beneficio))
    assert liquidacion.transaccion == "502"


@pytest.mark.parametrize(
    "fila", [abierto(), abierto(is_expired=1, date_expiry=1_767_225_620), ganado(sell_price=None, profit=None), {}]
)
def test_lo_que_no_acabo_no_se_liquida(fila: dict[str, Any]) -> None:
    assert codec.a_liquidacion(fila) is None


def test_los_dos_dialectos_dan_lo_mismo() -> None:
    viejo = {"symbol": "R_50", "display_name": "Volatility 50", "pip": 0.0001, "exchange_is_open": 1}
    nuevo = {"underlying_symbol": "R_50", "underlying_symbol_name": "Volatility 50", "pip_size": "0.0001"}
    assert codec.a_instrumento(viejo) == codec.a_instrumento({**nuevo, "exchange_is_open": 1})
    instrumento = codec.a_instrumento(viejo)
    assert instrumento is not None and (instrumento.decimales, instrumento.intervalo_ms) == (4, 2000)
    v3 = {**ganado(), "underlying": "R_50", "entry_tick": 92.1234, "exit_tick": 92.2, "sell_price": 19.5}
    for clave in ("underlying_symbol", "entry_spot", "exit_spot"):
        del v3[clave]
    assert codec.a_liquidacion(v3) == codec.a_liquidacion(ganado())
    plan = PlanContrato(simbolo="R_50", direccion="PUT", monto=Decimal("1.50"), moneda="USD", duracion=1, unidad="t")
    assert "symbol" in peticiones.cotizacion(plan, "v3")
    assert "underlying_symbol" in peticiones.cotizacion(plan, "nueva")


def test_el_signo_de_un_movimiento_lo_fija_la_accion() -> None:
    base = {"transaction_id": 1, "transaction_time": 1_767_225_600, "balance_after": "990.00"}
    for accion, llega, vale in (("buy", "10", "-10"), ("buy", -10, "-10"), ("sell", 0, "0"), ("withdrawal", 5, "-5")):
        movimiento = codec.a_movimiento({**base, "action_type": accion, "amount": llega})
        assert movimiento is not None and movimiento.importe == Decimal(vale)


@pytest.mark.parametrize(
    ("texto", "esperado"),
    [
        ("CALL_R_50_18.83_1789347036_1789347051_S0P_0", ("CALL", "R_50", "18.83", 15, "s")),
        ("CALL_1HZ100V_19.53_1695913929_5T_S0P_0", ("CALL", "1HZ100V", "19.53", 5, "t")),
        ("PUT_frxEURUSD_2_1695913929_1695913989_S0P_0", ("PUT", "frxEURUSD", "2", 60, "s")),
        ("PUT_R_100_195_1695913929_10T_S0P_0", ("PUT", "R_100", "195", 10, "t")),
    ],
)
def test_lee_el_codigo_corto(texto: str, esperado: tuple[Any, ...]) -> None:
    leido = leer_codigo_corto(texto)
    assert leido is not None
    tipo, simbolo, pago, duracion, unidad = esperado
    assert (leido.tipo, leido.simbolo, leido.pago, leido.duracion, leido.unidad) == (
        tipo,
        simbolo,
        Decimal(pago),
        duracion,
        unidad,
    )


@pytest.mark.parametrize("texto", [None, 7, "", "DIGITMATCH_R_50", "CALL_R_50_18.83_x_y", "call_R_50_1_1789347036_5T"])
def test_lo_que_no_es_un_codigo_corto(texto: Any) -> None:
    assert leer_codigo_corto(texto) is None


def test_un_tick_se_lee_por_el_camino_rapido() -> None:
    cuerpo = {"symbol": "R_50", "epoch": 7, "quote": 92.1, "bid": None, "pip_size": 4, "nuevo": [1]}
    trama = msgspec.json.encode({"echo_req": {"ticks": "R_50"}, "msg_type": "tick", "req_id": 3, "tick": cuerpo})
    leida = tramas.leer_tick(trama)
    assert leida is not None
    assert (leida.tick.symbol, leida.tick.epoch, leida.tick.quote, leida.req_id) == ("R_50", 7, 92.1, 3)
    for raro in (b'{"tick":{"symbol":"R_50","epoch":7,"quote":"92.1"}}', b'{"tick":{', b"\xff"):
        assert tramas.leer_tick(raro) is None


# ── presupuesto y retroceso ─────────────────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from([("nueva", LIMITES_NUEVA), ("v3", LIMITES_V3)]),
    st.sampled_from(["proposal", "balance", "portfolio", "ticks_history"]),
    st.lists(st.floats(0, 5), min_size=50, max_size=400),
)
def test_nunca_se_pasa_del_presupuesto_de_la_sede(
    caso: tuple[str, dict[str, tuple[int, int]]], llamada: str, pausas: list[float]
) -> None:
    dialecto, limites = caso
    reloj = [0.0]
    presupuesto = Presupuesto(dialecto, lambda: reloj[0])
    salidas: list[float] = []
    for pausa in pausas:
        reloj[0] += pausa
        for _ in range(5):
            if presupuesto.espera(llamada) <= 0:
                presupuesto.tomar_ya(llamada)
                salidas.append(reloj[0])
    limite = limites[presupuesto.grupo(llamada) or ""][0]
    for i, inicio in enumerate(salidas):
        assert sum(1 for otra in salidas[i:] if otra < inicio + 60) <= limite * 0.9 + 1


def test_las_lecturas_esperan_su_turno_y_las_compras_no() -> None:
    async def todo() -> None:
        bucle = asyncio.get_running_loop()
        presupuesto = Presupuesto("nueva", bucle.time)
        for _ in range(20):
            await presupuesto.turno("portfolio", 60)
        assert bucle.time() == pytest.approx((20 - 12) / (15 / 60), abs=0.5)
        with pytest.raises(ErrorDenegado):
            presupuesto.tomar_ya("profit_table")
        with pytest.raises(ErrorRetroceder):
            await presupuesto.turno("portfolio", 1)
        await presupuesto.turno("ping", 0)
        await presupuesto.turno("balance", 0)

    correr(todo())


@given(st.integers(0, 10**6))
def test_el_retroceso_crece_con_tope_y_azar(semilla: int) -> None:
    retroceso = Retroceso(AzarSemilla(semilla), 30.0)
    esperas = [retroceso.siguiente() for _ in range(40)]
    for espera, escalon in zip(esperas, (1, 2, 4, 8, 16, *[30] * 35), strict=True):
        assert escalon / 2 <= espera <= escalon
    retroceso.reiniciar()
    assert retroceso.siguiente() <= 1


def test_cada_codigo_de_la_tabla_tiene_frase_y_solo_los_probados_prueban() -> None:
    for codigo in errores.PROBADOS:
        assert errores.prueba_rechazo(codigo)
        assert errores.frase_rechazo(codigo).endswith((".", "»."))
        assert errores.de_lectura({"code": codigo}).codigo.startswith("DER-")
    inciertos = (
        "Timeout WrongResponse CallError InternalServerError InternalError ResponseTooLarge GeneralError RateLimit"
    )
    for codigo in (*inciertos.split(), "", "Nuevo"):
        assert not errores.prueba_rechazo(codigo)
