"""R03 y R04: peticiones y respuestas perdidas, llegadas tardías, listados viejos y rechazos que llegan tras la duda.

Con el bot entero contra la sede de laboratorio. La orden queda DESCONOCIDA, nunca se reenvía, se resuelve en menos de
90 s y lo que llega tarde se adopta en menos de 60 s desde que existe.
"""

from pathlib import Path
from typing import Any

import pytest

from dominio.ordenes import EstadoOrden
from laboratorio.deriv.nombres_fallos import (
    F01,
    F02,
    F03,
    F04,
    F05,
    LISTADO_RANCIO,
    LLEGADA_TARDIA,
    RECHAZO_TRAS_DESCONOCIDA,
)
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

RESUELTA_S, ADOPTADA_S = 90.0, 60.0
CASOS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "petición perdida": [(F01, {})],
    "respuesta perdida": [(F02, {})],
    "respuesta que tarda más que el plazo": [(F03, {"espera_s": 18.0})],
    "canal medio abierto": [(F05, {"dura_s": 60.0})],
    "ejecutada, y contesta Timeout": [(F04, {"codigo": "Timeout"})],
    "ejecutada, y contesta WrongResponse": [(F04, {"codigo": "WrongResponse"})],
    "llega a los 16 s": [(LLEGADA_TARDIA, {"espera_s": 16.0})],
    "llega a los 30 s": [(LLEGADA_TARDIA, {"espera_s": 30.0})],
    "respuesta perdida y listados viejos": [(F02, {}), (LISTADO_RANCIO, {"atraso_s": 30, "dura_s": 25})],
    "llega a los 25 s y listados viejos": [
        (LLEGADA_TARDIA, {"espera_s": 25.0}),
        (LISTADO_RANCIO, {"atraso_s": 30, "dura_s": 20}),
    ],
}
NO_LLEGA = {"petición perdida"}


@pytest.mark.parametrize("caso", CASOS)
def test_r03_lo_desconocido_se_resuelve_sin_reenviar(carpeta_datos: Path, caso: str) -> None:
    async def prueba(banco: Banco) -> None:
        for nombre, datos in CASOS[caso]:
            banco.servidor.fallos.programar(nombre, **datos)
        await banco.nacer()
        await _resolver(banco, llega=caso not in NO_LLEGA)

    en_banco(carpeta_datos, prueba, semilla=2, cambios={"regla": {"stop_pct": "50"}})


@pytest.mark.parametrize("luego_s", [2.0, 10.0])
def test_r04_un_rechazo_tras_la_duda_no_la_cierra_y_la_llegada_se_adopta(carpeta_datos: Path, luego_s: float) -> None:
    async def prueba(banco: Banco) -> None:
        banco.servidor.fallos.programar(RECHAZO_TRAS_DESCONOCIDA, espera_s=18.0, y_luego_s=luego_s)
        await banco.nacer()
        await _resolver(banco, llega=True)

    en_banco(carpeta_datos, prueba, semilla=2, cambios={"regla": {"stop_pct": "50"}})


async def _resolver(banco: Banco, *, llega: bool) -> None:
    """Espera la duda y su final; luego el bot sigue, y al acabar el libro es el de la sede."""
    await banco.hasta(lambda: banco.ordenes(estado=EstadoOrden.DESCONOCIDA), 60)
    (orden,) = banco.ordenes(estado=EstadoOrden.DESCONOCIDA)
    tardo = await banco.hasta(lambda: not banco.ordenes(estado=EstadoOrden.DESCONOCIDA), 120)
    assert tardo < RESUELTA_S
    if llega:
        await banco.hasta(lambda: banco.compras, 60)
        nacio_ms = banco.compras[0].comprado_ms
        await banco.hasta(lambda: banco.ordenes(pk=orden.pk, referencia=str(banco.compras[0].id)), 120)
        assert (banco.reloj.epoch_ms() - nacio_ms) / 1000 < ADOPTADA_S
    else:
        assert banco.ordenes(pk=orden.pk)[0].estado == EstadoOrden.NO_COLOCADA
    compras = len(banco.compras)
    await banco.hasta(lambda: len(banco.compras) >= compras + 2, 300)
    await banco.hasta(lambda: banco.bot is not None and not banco.bot.bucle.estado.libro.abiertos, 120)
    assert banco.violaciones() == []
