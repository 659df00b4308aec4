"""R17: «alto» con una orden en vuelo. Lo que salió se halla y se anota; no sale nada más; ninguna queda huérfana."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bots.emergencia import poner_alto, quitar_alto
from dominio import puntos_fallo
from dominio.freno import Freno
from dominio.ordenes import EstadoOrden
from laboratorio.deriv.nombres_fallos import F02, F05
from tests.fallos.banco import BOT, Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

E = EstadoOrden
# punto del envío → cómo acaba esa orden si el alto llega justo entonces
FINALES = {
    "tras_intencion": {E.NO_ENVIADA, E.CADUCADA},
    "tras_enviando": {E.NO_ENVIADA},
    "tras_escribir": {E.EJECUTADA},
    "tras_respuesta": {E.EJECUTADA},
    "antes_de_confirmar": {E.EJECUTADA},
}


class Muerte(BaseException):
    """Nadie la captura, como a un SIGKILL."""


def _al_cruzar(punto: str, accion: Callable[[], object]) -> None:
    """Hace algo una vez, en el segundo cruce del punto: con una orden ya en vuelo."""
    cruces = 0

    def gancho(cruzado: str) -> None:
        nonlocal cruces
        cruces += cruzado == punto
        if cruzado == punto and cruces == 2:
            accion()

    puntos_fallo.instalar(gancho)


@pytest.fixture(autouse=True)
def _sin_ganchos():
    yield
    puntos_fallo.instalar(None)


@pytest.mark.parametrize("punto", puntos_fallo.PUNTOS)
def test_r17_el_fichero_de_alto_para_en_el_acto_y_lo_enviado_se_anota(carpeta_datos: Path, punto: str) -> None:
    async def prueba(banco: Banco) -> None:
        _al_cruzar(punto, lambda: poner_alto(carpeta_datos, BOT, "prueba"))
        await banco.nacer()
        await banco.hasta(lambda: len(banco.ordenes()) >= 2)
        await asyncio.sleep(120)
        ordenes = banco.ordenes()
        assert len(ordenes) == 2  # después del alto no nace ni una intención
        assert ordenes[1].estado in FINALES[punto]
        assert len(banco.compras) == 1 + (FINALES[punto] == {E.EJECUTADA})
        assert banco.violaciones() == []
        quitar_alto(carpeta_datos, BOT)
        compras = len(banco.compras)
        await banco.hasta(lambda: len(banco.compras) > compras)

    en_banco(carpeta_datos, prueba, semilla=4, cambios={"regla": {"stop_pct": "50"}})


@pytest.mark.parametrize("fallo", [F02, F05])
def test_r17_la_respuesta_perdida_se_resuelve_con_el_freno_detenido(carpeta_datos: Path, fallo: str) -> None:
    async def prueba(banco: Banco) -> None:
        banco.servidor.fallos.programar(fallo)
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        banco.frenar(Freno.DETENIDO)
        await banco.hasta(lambda: banco.ordenes(estado=E.EJECUTADA), 180)
        await asyncio.sleep(120)
        assert len(banco.compras) == len(banco.ordenes()) == 1
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, semilla=4, cambios={"regla": {"stop_pct": "50"}})


@pytest.mark.parametrize("punto", ["tras_enviando", "tras_escribir", "antes_de_confirmar"])
def test_r17_muerto_en_vuelo_y_con_alto_renace_y_solo_anota(carpeta_datos: Path, punto: str) -> None:
    async def prueba(banco: Banco) -> None:
        def matar() -> None:
            raise Muerte

        _al_cruzar(punto, matar)
        await banco.nacer()
        await banco.hasta(lambda: banco.muerto, 300, muerto_vale=True)
        banco.frenar(Freno.DETENIDO)
        compras = len(banco.compras)
        await banco.renacer()
        await asyncio.sleep(180)
        assert len(banco.compras) == compras
        assert {orden.estado for orden in banco.ordenes()} <= {E.EJECUTADA, E.NO_COLOCADA}
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, semilla=4, cambios={"regla": {"stop_pct": "50"}})
