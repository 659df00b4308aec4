"""R14: el reloj del equipo salta una hora, 25 horas o se desvía unos segundos: ni se acorta la pausa ni se entra.

La pausa y el cambio de hora estacional están en ``tests/pausa``; aquí, las entradas y las órdenes en duda.
"""

import asyncio
from pathlib import Path

import pytest

from dominio.ordenes import EstadoOrden
from laboratorio.deriv.nombres_fallos import LLEGADA_TARDIA
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

HORA_MS = 3_600_000
SALTOS_MS = [HORA_MS, -HORA_MS, 25 * HORA_MS, 5_600, -5_600]
OPCIONES = {"semilla": 2, "cambios": {"regla": {"stop_pct": "50"}}}


@pytest.mark.parametrize("salto_ms", SALTOS_MS)
def test_r14_con_los_relojes_separados_no_se_entra_y_se_cuenta_una_vez(carpeta_datos: Path, salto_ms: int) -> None:
    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)  # con un contrato abierto: se anota igual
        banco.equipo.desfase_ms = salto_ms
        await banco.hasta(lambda: not banco.estado.libro.abiertos, 60)
        compras = len(banco.compras)
        await asyncio.sleep(180)
        assert len(banco.compras) == compras
        assert banco.bot is not None and banco.bot.bucle.ultimo_motivo is not None
        assert banco.bot.bucle.ultimo_motivo.codigo == "REL-01"
        (aviso,) = banco.eventos("RELOJ_DESVIADO")
        assert aviso.datos["codigo"] == "REL-01"
        assert abs(aviso.datos["desvio_s"] + salto_ms / 1000) < 1
        assert banco.violaciones() == []

        banco.equipo.desfase_ms = 0
        await banco.hasta(lambda: len(banco.compras) > compras, 120)
        assert len(banco.eventos("RELOJ_EN_HORA")) == 1

    en_banco(carpeta_datos, prueba, **OPCIONES)


@pytest.mark.parametrize("salto_ms", [4_000, -4_000])
def test_r14_un_desvio_pequeno_no_para_el_bot(carpeta_datos: Path, salto_ms: int) -> None:
    async def prueba(banco: Banco) -> None:
        banco.equipo.desfase_ms = salto_ms
        await banco.nacer()
        await banco.hasta(lambda: len(banco.compras) >= 3, 300)
        await banco.hasta(lambda: not banco.estado.libro.abiertos, 60)
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, **OPCIONES)


@pytest.mark.parametrize("salto_ms", [HORA_MS, -HORA_MS])
def test_r14_el_salto_no_da_por_perdida_ni_olvida_una_orden_en_duda(carpeta_datos: Path, salto_ms: int) -> None:
    """Una hora adelante no acaba la espera de lo tardío; una hora atrás no la hace eterna."""

    async def prueba(banco: Banco) -> None:
        banco.servidor.fallos.programar(LLEGADA_TARDIA, espera_s=24.0)
        await banco.nacer()
        await banco.hasta(lambda: banco.ordenes(estado=EstadoOrden.DESCONOCIDA), 60)
        banco.equipo.desfase_ms = salto_ms
        (orden,) = banco.ordenes()
        await banco.hasta(lambda: not banco.ordenes(estado=EstadoOrden.DESCONOCIDA), 60)
        assert banco.ordenes(pk=orden.pk)[0].estado in (EstadoOrden.ACEPTADA, EstadoOrden.EJECUTADA)
        assert len(banco.compras) == 1
        assert [movido.propio for movido in banco.movimientos()] == [True] * len(banco.movimientos())

    en_banco(carpeta_datos, prueba, **OPCIONES)


@pytest.mark.parametrize("salto_ms", [HORA_MS, -HORA_MS])
def test_r14_con_el_reloj_mal_desde_el_arranque_el_extracto_se_lee_entero(carpeta_datos: Path, salto_ms: int) -> None:
    """Los contratos y el dinero ajeno que pasaron con el bot muerto se anotan una vez, cada uno como lo que es."""

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        await banco.morir()
        await asyncio.sleep(60)
        banco.servidor.efectos.mover_ajeno(banco.cuenta, "deposito", 100)
        banco.equipo.desfase_ms = salto_ms
        await banco.nacer()
        await asyncio.sleep(150)
        libro = banco.estado.libro
        assert libro.ajenos == 100
        assert banco.violaciones() == []
        assert not [m for m in banco.movimientos() if m.accion == "ajuste"]

    en_banco(carpeta_datos, prueba, **OPCIONES)
