"""El broker de verdad contra la Deriv de laboratorio, sana y con cada uno de sus fallos."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zlib import crc32

import pytest

from dominio.errores import ErrorDenegado, ErrorDetener
from dominio.eventos import BalanceSede, ConexionLista, MovimientoCuenta
from dominio.ordenes import EstadoOrden
from dominio.posiciones import Resultado
from dominio.velas import Tick
from laboratorio.deriv.nombres_fallos import (
    COTIZACION_RARA,
    LISTADO_RANCIO,
    LLEGADA_TARDIA,
    RECHAZO_TRAS_DESCONOCIDA,
    TRANSITORIOS,
)
from simulacion.bucles import correr
from tests.integracion.deriv.banco import CUENTA, banco
from tests.unidad.integracion_deriv.sede_falsa import de


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
def test_el_ciclo_entero_en_los_dos_dialectos(dialecto: str) -> None:
    async def guion() -> None:
        async with banco(dialecto) as b:
            await b.mercado.suscribir_ticks(("R_50", "1HZ100V"))
            for direccion in ("CALL", "PUT", "CALL"):
                resultado, aceptacion = await b.comprar(b.plan("1HZ100V", direccion))
                assert resultado.estado is EstadoOrden.ACEPTADA
                assert aceptacion is not None
                liquidacion = await b.esperar_liquidacion(aceptacion.referencia)
                contrato = b.libro.contratos[int(aceptacion.referencia)]
                assert liquidacion.precio_entrada is not None and contrato.entrada is not None
                assert float(liquidacion.precio_entrada) == contrato.entrada[1]
                assert int(liquidacion.hora.timestamp()) == contrato.vendido_en
                assert liquidacion.transaccion == str(contrato.transaccion_venta)
                gano = liquidacion.resultado is Resultado.GANADA
                assert gano == (contrato.estado == "won")
            await asyncio.sleep(1)
            b.comprobar_libro()
            assert len(de(b.eventos, MovimientoCuenta)) == 6
            assert de(b.eventos, BalanceSede)[-1].saldo.balance == b.libro.cuentas[CUENTA].balance
            for simbolo in ("R_50", "1HZ100V"):
                horas = [t.epoch_ms for t in de(b.eventos, Tick) if t.simbolo == simbolo]
                assert horas == sorted(set(horas)) and len(horas) > 5

    correr(guion())


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
@pytest.mark.parametrize("fallo", [*TRANSITORIOS, LLEGADA_TARDIA, RECHAZO_TRAS_DESCONOCIDA, LISTADO_RANCIO])
def test_con_cada_fallo_lo_comprado_es_lo_anotado(fallo: str, dialecto: str) -> None:
    async def guion() -> None:
        async with banco(dialecto, semilla=crc32(fallo.encode()) % 1000) as b:
            await b.mercado.suscribir_ticks(("R_50",))
            for vuelta in range(4):
                if vuelta in (1, 2):
                    b.servidor.fallos.programar(fallo)
                if vuelta == 2 and fallo == LISTADO_RANCIO:
                    b.servidor.fallos.programar("F02_compra_y_cierre")
                _, aceptacion = await b.comprar(b.plan())
                if aceptacion is not None:
                    await b.esperar_liquidacion(aceptacion.referencia)
            await asyncio.sleep(45)  # lo que llegue tarde, que llegue
            b.comprobar_libro()
            assert b.servidor.fallos.cuentas[fallo] >= 1

    correr(guion())


def test_todos_los_fallos_a_la_vez_por_sorteo() -> None:
    async def guion() -> None:
        async with banco(semilla=77) as b:
            await b.mercado.suscribir_ticks(("R_50",))
            b.servidor.fallos.sorteo_por_contrato(0.10, TRANSITORIOS)
            for _ in range(60):
                _, aceptacion = await b.comprar(b.plan())
                if aceptacion is not None:
                    await b.esperar_liquidacion(aceptacion.referencia)
            await asyncio.sleep(45)
            b.comprobar_libro()

    correr(guion())


def test_la_clave_revocada_a_media_sesion_detiene() -> None:
    async def guion() -> None:
        async with banco() as b:
            b.servidor.fallos.programar("F13_token_revocado")
            with pytest.raises(ErrorDetener) as aviso:
                await b.intencion(b.plan())
            assert aviso.value.codigo == "DER-102"
            assert b.libro.conexiones_a_real == 0

    correr(guion())


@pytest.mark.parametrize(("modo", "codigo"), [("listado", "DER-104"), ("direccion", "DER-110")])
def test_si_solo_hay_cuentas_reales_no_entra(modo: str, codigo: str) -> None:
    async def guion() -> None:
        async with banco(conectar=False) as b:
            b.servidor.fallos.programar("F14_solo_cuenta_real", modo=modo)
            with pytest.raises(ErrorDetener) as aviso:
                await b.cliente.conectar()
            assert aviso.value.codigo == codigo
            assert b.libro.conexiones_a_real == 0

    correr(guion())


@pytest.mark.parametrize("clase", ["deposito", "retiro", "contrato", "reset"])
def test_un_movimiento_ajeno_queda_explicado_y_no_estorba(clase: str) -> None:
    async def guion() -> None:
        async with banco() as b:
            intencion, enviado_en = await b.intencion(b.plan()), b.reloj.ahora()
            b.servidor.efectos.mover_ajeno(CUENTA, clase, Decimal(7))
            await asyncio.sleep(1)
            busqueda = await b.lector.buscar(intencion, enviado_en)
            assert (busqueda.coincidencias, busqueda.limpia, busqueda.balance_explicado) == ((), True, True)
            _, aceptacion = await b.comprar(b.plan())
            assert aceptacion is not None
            await b.esperar_liquidacion(aceptacion.referencia)
            await asyncio.sleep(15)
            b.comprobar_libro()

    correr(guion())


def test_dos_gemelos_son_ambiguos() -> None:
    async def guion() -> None:
        async with banco() as b:
            b.servidor.fallos.programar("F20_contratos_gemelos")
            intencion, enviado_en = await b.intencion(b.plan()), b.reloj.ahora()
            resultado = await b.broker.enviar(intencion, lambda: None)
            assert resultado.estado is EstadoOrden.DESCONOCIDA
            await b.cliente.esperar_lista()
            busqueda = await b.lector.buscar(intencion, enviado_en)
            assert {c.referencia for c in busqueda.coincidencias} == {str(n) for n in b.libro.contratos}
            assert len(busqueda.coincidencias) == 2
            await asyncio.sleep(30)  # también cuando ya han acabado
            assert len((await b.lector.buscar(intencion, enviado_en)).coincidencias) == 2

    correr(guion())


def test_rearmar_tras_un_arranque_encuentra_lo_ya_liquidado() -> None:
    async def guion() -> None:
        async with banco() as b:
            _, aceptacion = await b.comprar(b.plan())
            assert aceptacion is not None
            await b.cliente.cerrar()
            await asyncio.sleep(60)
            otro = type(b)("nueva", 1, None)
            otro.libro, otro.servidor = b.libro, b.servidor
            b.servidor.iniciar, anterior = _nada, b.servidor.iniciar  # type: ignore[method-assign]
            await otro.iniciar()
            b.servidor.iniciar = anterior  # type: ignore[method-assign]
            await otro.cliente.conectar()
            otro.broker.vigilar(aceptacion.referencia)
            liquidacion = await otro.esperar_liquidacion(aceptacion.referencia, 5)
            assert liquidacion.beneficio == b.libro.contratos[int(aceptacion.referencia)].beneficio
            posicion = await otro.lector.posicion(aceptacion.referencia)
            assert posicion is not None and posicion.liquidacion == liquidacion
            assert await otro.lector.posicion("123456") is None
            await otro.cliente.cerrar()

    correr(guion())


def test_el_mercado_cerrado_o_sin_duracion_se_deniega_y_luego_abre() -> None:
    async def guion() -> None:
        async with banco() as b:
            for modo, codigo in (("cerrado", "DER-301"), ("desaparece", "DER-304"), ("duracion", "DER-304")):
                await b.broker.cotizar(b.plan("R_25"))
                b.servidor.efectos.cerrar_mercado("R_25", modo, dura_s=60)
                b.mercado.olvidar("R_25")
                with pytest.raises(ErrorDenegado) as aviso:
                    await b.broker.cotizar(b.plan("R_25"))
                assert aviso.value.codigo == codigo
                await asyncio.sleep(80)

    correr(guion())


@pytest.mark.parametrize("modo", ["cruzada", "absurda", "cero", "negativa"])
def test_una_cotizacion_imposible_no_llega_a_nadie(modo: str) -> None:
    async def guion() -> None:
        async with banco() as b:
            await b.mercado.suscribir_ticks(("R_50",))
            await asyncio.sleep(5)
            b.servidor.fallos.programar(COTIZACION_RARA, modo=modo)
            await asyncio.sleep(20)
            assert b.servidor.fallos.cuentas[COTIZACION_RARA] == 1
            precios = [tick.precio for tick in de(b.eventos, Tick)]
            assert 0.9 < min(precios) / max(precios) <= 1
            assert all(tick.compra <= tick.venta for tick in de(b.eventos, Tick))

    correr(guion())


def test_la_sede_caida_un_rato_vuelve_sola() -> None:
    async def guion() -> None:
        async with banco() as b:
            await b.mercado.suscribir_ticks(("R_50",))
            b.servidor.cortar_todas()
            await b.servidor.dejar_de_escuchar()
            await asyncio.sleep(600)
            assert not b.cliente.lista
            await b.servidor.escuchar()
            await asyncio.sleep(35)
            assert b.cliente.lista
            assert de(b.eventos, ConexionLista)[-1].reconexion
            antes = len(de(b.eventos, Tick))
            await asyncio.sleep(10)
            assert len(de(b.eventos, Tick)) > antes

    correr(guion())


@pytest.mark.parametrize("dialecto", ["nueva", "v3"])
def test_lecturas_de_mercado_y_de_cuenta(dialecto: str) -> None:
    async def guion() -> None:
        async with banco(dialecto) as b:
            await asyncio.sleep(3)
            activos: dict[str, Any] = {uno.simbolo: uno for uno in await b.mercado.instrumentos()}
            assert (activos["R_50"].decimales, activos["R_50"].intervalo_ms, activos["R_50"].abierto) == (4, 2000, True)
            ofertas = await b.mercado.ofertas("R_50")
            assert any(o.tipo_contrato == "CALL" and (o.unidad, o.duracion_min) == ("t", 1) for o in ofertas)
            ticks = await b.mercado.ticks_pasados("R_50", 300)
            assert len(ticks) == 300 and ticks[-1].epoch_ms <= b.reloj.epoch_ms()
            assert [t.epoch_ms for t in ticks] == sorted({t.epoch_ms for t in ticks})
            largos = await b.mercado.ticks_pasados("1HZ10V", 6000)
            assert len(largos) == 6000
            assert {y.epoch_ms - x.epoch_ms for x, y in pairwise(largos)} == {1000}
            velas = await b.mercado.velas_pasadas("R_50", 60, 30)
            assert len(velas) == 30 and velas[-1].cierre_ms <= b.reloj.epoch_ms()
            assert (await b.lector.saldo()).balance == 10_000
            assert await b.lector.abiertas() == ()
            assert abs((await b.lector.hora() - b.reloj.ahora()).total_seconds()) <= 1
            assert await b.lector.movimientos(datetime(2020, 1, 1, tzinfo=UTC), b.reloj.ahora()) == ()

    correr(guion())


async def _nada() -> None:
    return None
