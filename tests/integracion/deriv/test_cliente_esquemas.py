"""Cada mensaje que nuestro cliente envía cumple el esquema oficial de su dialecto: una clave de más y no se opera."""

import asyncio

import pytest

from laboratorio.deriv.nombres_fallos import TRANSITORIOS
from simulacion.bucles import correr
from tests.esquemas_deriv import ESQUEMAS, Registro
from tests.integracion.deriv.banco import banco
from tests.rutas import o_saltar

pytestmark = pytest.mark.esquemas
LLAMADAS = {
    *("ping", "time", "transaction", "balance", "statement", "ticks", "ticks_history", "active_symbols"),
    *("contracts_for", "proposal", "buy", "proposal_open_contract", "portfolio", "profit_table"),
}


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
def test_todo_lo_que_envia_el_cliente_cumple_su_esquema(dialecto: str) -> None:
    o_saltar(ESQUEMAS)
    registro = Registro()

    async def guion() -> None:
        async with banco(dialecto, semilla=5, registro=registro) as b:
            await b.mercado.suscribir_ticks(("R_50", "1HZ100V"))
            await b.mercado.ticks_pasados("R_50", 5200)
            await b.mercado.velas_pasadas("R_50", 60, 10)
            await b.lector.abiertas()
            await b.lector.movimientos(b.reloj.ahora(), b.reloj.ahora())
            b.servidor.fallos.sorteo_por_contrato(0.08, TRANSITORIOS)
            for vuelta in range(30):
                _, aceptacion = await b.comprar(b.plan("R_50", "CALL" if vuelta % 2 else "PUT", f"{vuelta + 0.35:.2f}"))
                if aceptacion is not None:
                    await b.esperar_liquidacion(aceptacion.referencia)
                    await b.lector.posicion(aceptacion.referencia)
            await asyncio.sleep(400)

    correr(guion())
    registro.exigir_limpio()
    esperadas = LLAMADAS | ({"authorize"} if dialecto == "v3" else set())
    assert {llamada for _, suyo, llamada in registro.cuentas if suyo == dialecto} == esperadas
    assert sum(registro.cuentas.values()) > 300


@pytest.mark.parametrize("mensaje", [{"buy": "corta", "price": 1}, {"ping": 1, "extra": 2}, {"statement": "1"}])
def test_el_registro_caza_lo_que_no_cumple(mensaje: dict[str, object]) -> None:
    o_saltar(ESQUEMAS)
    registro = Registro()
    registro.anotar("enviado", "nueva", None, mensaje)
    with pytest.raises(AssertionError):
        registro.exigir_limpio()
