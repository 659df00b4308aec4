"""El bot entero contra la sede cuando lo que llega se cruza con lo que se está leyendo."""

import asyncio
from pathlib import Path

import pytest

from dominio.ordenes import EstadoOrden
from laboratorio.deriv.nombres_fallos import F02, LLEGADA_TARDIA
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.bd, pytest.mark.django_db(transaction=True)]
E = EstadoOrden
SIN_STOP = {"regla": {"stop_pct": "50"}}


def test_una_compra_que_llega_entre_la_busqueda_y_el_extracto_es_nuestra(carpeta_datos: Path) -> None:
    """La pasada la da por no colocada; antes de leer el extracto, la sede la ejecuta: esa fila no es ajena."""

    async def prueba(banco: Banco) -> None:
        banco.servidor.fallos.programar(LLEGADA_TARDIA, espera_s=45.0)
        montado = await banco.nacer()
        reconciliador = montado.bucle._reconciliador
        pasada = reconciliador.pasada

        async def lenta(**opciones):
            informe = await pasada(**opciones)
            if informe.no_colocadas:
                while not banco.compras:
                    await asyncio.sleep(0.1)
                await asyncio.sleep(0.5)
            return informe

        reconciliador.pasada = lenta
        await banco.hasta(lambda: banco.operaciones(estado="cerrada"), 200)
        tardia = banco.ordenes()[0]
        assert (tardia.estado, tardia.referencia) == (E.EJECUTADA, str(banco.compras[0].id))
        assert banco.estado.libro.ajenos == 0
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, semilla=5, cambios=SIN_STOP)


def test_un_jefe_que_despierta_tarde_no_compromete_la_prima_de_lo_ya_liquidado(carpeta_datos: Path) -> None:
    """Se congela entre aceptar y comprometer; otro toma el mando y liquida. Al despertar no debe bloquear la cuenta."""

    async def prueba(banco: Banco) -> None:
        viejo = await banco.nacer()
        congelado, sigue = asyncio.Event(), asyncio.Event()
        comprar = viejo.bucle.contable.comprar

        async def dormida(referencia, prima):
            congelado.set()
            await sigue.wait()
            await comprar(referencia, prima)

        viejo.bucle.contable.comprar = dormida
        renovar, viejo.bucle._arriendo.renovar = viejo.bucle._arriendo.renovar, _dormir
        await congelado.wait()
        zombi, banco._trabajo = banco._trabajo, None
        await banco.nacer()
        await banco.hasta(lambda: banco.operaciones(estado="cerrada"), 120)
        banco.bot.bucle._puede_intentar = lambda: False
        await asyncio.sleep(30)
        viejo.bucle._arriendo.renovar = renovar
        sigue.set()
        await asyncio.wait({zombi}, timeout=30)
        assert zombi.done()
        zombi.exception()
        await viejo.cerrar()
        assert banco.estado.libro.abiertos == {}

    en_banco(carpeta_datos, prueba, semilla=6, cambios=SIN_STOP)


def test_lo_que_liquido_otro_bot_de_la_cuenta_no_deja_este_bloqueado(carpeta_datos: Path) -> None:
    """Muere con un contrato abierto, otro bot de la misma cuenta lo liquida y el primero vuelve."""

    async def prueba(banco: Banco) -> None:
        banco.servidor.fallos.programar(F02)
        await banco.nacer()
        await banco.hasta(lambda: banco.estado.libro.abiertos, 120)
        await banco.morir()
        propio = banco.config
        banco.config = propio.model_copy(update={"nombre": "otro_bot"})
        await banco.nacer()
        await banco.hasta(lambda: banco.operaciones(estado="cerrada"), 120)
        banco.bot.bucle.terminar()
        await banco.hasta(lambda: banco.muerto, 60)
        await banco.morir(brusco=False)
        banco.config = propio
        await banco.nacer()
        assert banco.estado.libro.abiertos == {}
        compras = len(banco.compras)
        await banco.hasta(lambda: len(banco.compras) > compras, 120)

    en_banco(carpeta_datos, prueba, semilla=8, cambios=SIN_STOP)


async def _dormir() -> bool:
    return True


def test_renace_y_liquida_aunque_un_activo_haya_desaparecido(carpeta_datos: Path) -> None:
    """Con un contrato abierto no se puede esperar a que la sede vuelva a ofrecer todos los activos."""

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.estado.libro.abiertos, 120)
        await banco.morir()
        activo = banco.servidor.efectos.activo
        banco.servidor.efectos.activo = lambda indice: None if indice.simbolo == "1HZ75V" else activo(indice)
        await banco.nacer()
        await banco.hasta(lambda: banco.operaciones(estado="cerrada"), 60)
        banco.servidor.efectos.activo = activo
        await banco.hasta(lambda: banco.bot.cliente._simbolos["1HZ75V"], 60)
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, semilla=9, cambios=SIN_STOP)
