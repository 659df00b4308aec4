"""R01 (forma corta): el bot muere en cada punto de un envío y renace sobre la misma base y la misma sede.

Aquí muere la tarea, sin llegar a la línea siguiente; los procesos muertos de verdad los pone ``simular caidas``.
"""

import asyncio
from pathlib import Path

import pytest

from dominio import puntos_fallo
from dominio.ordenes import EstadoOrden
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

RECUPERADO_S = 30.0
RESUELTO_S = 90.0
ESPERA_DEL_SUPERVISOR_S = 60.0  # a la que llega quien muere seguido; la sede no aguanta más arranques por hora
_EN_DUDA = (EstadoOrden.ENVIANDO, EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION)


class Muerte(BaseException):
    """Nadie la captura, como a un SIGKILL."""


def _morir_en(punto: str, cada: int) -> list[int]:
    """Arma la muerte cada ``cada`` cruces del punto y devuelve dónde se cuentan los cruces."""
    cruces = [0]

    def gancho(cruzado: str) -> None:
        if cruzado == punto:
            cruces[0] += 1
            if cruces[0] % cada == 0:
                raise Muerte

    puntos_fallo.instalar(gancho)
    return cruces


def _reconciliado(banco: Banco) -> bool:
    informe = banco.bot.bucle.informe if banco.bot is not None else None
    return informe is not None and informe.completo


def _muertes(datos: Path, punto: str, veces: int, semilla: int, ausente_s: float = 0.0) -> None:
    async def prueba(banco: Banco) -> None:
        _morir_en(punto, 2)
        await banco.nacer()
        for _ in range(veces):
            await banco.hasta(lambda: banco.muerto, 900, muerto_vale=True)
            await banco.morir()
            await asyncio.sleep(ausente_s)
            await banco.nacer()
            assert await banco.hasta(lambda: _reconciliado(banco)) < RECUPERADO_S
            assert await banco.hasta(lambda: not banco.ordenes(estado__in=_EN_DUDA)) < RESUELTO_S
        puntos_fallo.instalar(None)
        compras = len(banco.compras)
        await banco.hasta(lambda: len(banco.compras) >= compras + 2)
        await banco.hasta(lambda: banco.bot is not None and not banco.bot.bucle.estado.libro.abiertos)
        assert banco.violaciones() == []

    try:
        en_banco(datos, prueba, semilla=semilla, cambios={"regla": {"stop_pct": "50"}})
    finally:
        puntos_fallo.instalar(None)


@pytest.mark.parametrize("punto", puntos_fallo.PUNTOS)
def test_r01_morir_en_cada_punto_no_duplica_ni_pierde(carpeta_datos: Path, punto: str) -> None:
    _muertes(carpeta_datos, punto, veces=3, semilla=5)


@pytest.mark.nocturno
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("punto", puntos_fallo.PUNTOS)
def test_r01_doscientas_muertes_en_cada_punto(carpeta_datos: Path, punto: str) -> None:
    _muertes(carpeta_datos, punto, veces=200, semilla=6, ausente_s=ESPERA_DEL_SUPERVISOR_S)
