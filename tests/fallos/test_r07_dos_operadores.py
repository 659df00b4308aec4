"""R07: dos operadores para un bot. Uno manda; el que se quedó parado más allá de su arriendo no vuelve a enviar.

Aquí, en un proceso y en tiempo virtual; con procesos y SIGSTOP de verdad, en ``simular caidas``.
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bots.deriv.composicion import Montado, montar
from dominio.errores import ErrorDetener, ErrorTimonel
from dominio.ordenes import EstadoOrden, Intencion
from tests.fallos.banco import Banco, en_banco

pytestmark = [pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

TTL_S = 10.0
OPCIONES = {"semilla": 4, "cambios": {"regla": {"stop_pct": "50"}}, "ttl_s": TTL_S}


async def _segundo(banco: Banco) -> tuple[Montado, "asyncio.Task[None]"]:
    piezas = msgspec.structs.replace(banco.piezas, titular="otro-proceso")
    montado = await montar(banco.config, banco.conexion, piezas)
    return montado, asyncio.create_task(montado.bucle.correr())


async def _cerrar(montado: Montado, trabajo: "asyncio.Task[None]") -> None:
    trabajo.cancel()
    await asyncio.wait({trabajo})
    await montado.cerrar()


def test_r07_el_segundo_no_opera_mientras_el_primero_vive(carpeta_datos: Path) -> None:
    async def prueba(banco: Banco) -> None:
        montado = await banco.nacer()
        for _ in range(3):
            with pytest.raises(ErrorDetener) as motivo:
                await _segundo(banco)
            assert motivo.value.codigo == "ARR-01"
        await banco.hasta(lambda: len(banco.compras) >= 3)
        await banco.hasta(lambda: not montado.bucle.estado.libro.abiertos)
        assert {orden.ficha for orden in banco.ordenes(ficha__isnull=False)} == {1}
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, **OPCIONES)


class Congelado:
    """El diario de un proceso parado justo antes o justo después de pasar una orden a ENVIANDO."""

    def __init__(self, diario: Any, cuando: str) -> None:
        self._diario = diario
        self._cuando = cuando
        self.parado = asyncio.Event()
        self.seguir = asyncio.Event()
        self.respuesta: bool | None = None

    def __getattr__(self, nombre: str) -> Any:
        return getattr(self._diario, nombre)

    async def preparar_envio(self, intencion: Intencion, ficha: int) -> bool:
        if self._cuando == "antes":
            await self._parar()
        self.respuesta = await self._diario.preparar_envio(intencion, ficha)
        if self._cuando == "despues":
            await self._parar()
        return self.respuesta

    async def _parar(self) -> None:
        self.parado.set()
        await self.seguir.wait()


@pytest.mark.parametrize("cuando", ["antes", "despues"])
def test_r07_parado_mas_alla_de_su_arriendo_despierta_y_no_envia(carpeta_datos: Path, cuando: str) -> None:
    async def prueba(banco: Banco) -> None:
        viejo = await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        await banco.hasta(lambda: not viejo.bucle.estado.libro.abiertos)
        congelado = Congelado(viejo.bucle._pasarela._diario, cuando)
        viejo.bucle._pasarela._diario = congelado  # type: ignore[assignment]
        await asyncio.wait_for(congelado.parado.wait(), 120)
        parado_en = banco.equipo.monotonico()
        viejo.bucle._arriendo.renovar = asyncio.Event().wait  # type: ignore[method-assign]

        nuevo, trabajo = await _segundo(banco)
        assert banco.equipo.monotonico() - parado_en <= TTL_S + 1
        assert nuevo.bucle._arriendo.ficha == viejo.bucle._arriendo.ficha + 1
        compras = len(banco.compras)
        congelado.seguir.set()
        await asyncio.sleep(1)
        assert len(banco.compras) == compras
        assert congelado.respuesta is (cuando == "despues")

        await banco.hasta(lambda: len(banco.compras) >= compras + 4, 600, muerto_vale=True)
        await banco.hasta(lambda: not nuevo.bucle.estado.libro.abiertos, 120, muerto_vale=True)
        _solo_la_ficha_nueva(banco, compras, nuevo.bucle._arriendo.ficha)
        await _cerrar(nuevo, trabajo)

    en_banco(carpeta_datos, prueba, **OPCIONES)


def test_r07_el_viejo_sigue_intentandolo_sin_saber_que_ya_no_manda(carpeta_datos: Path) -> None:
    """No se entera de que perdió el mando: cada intento lo para la base."""

    async def prueba(banco: Banco) -> None:
        viejo = await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        viejo.bucle._arriendo.renovar = asyncio.Event().wait  # type: ignore[method-assign]
        nuevo, trabajo = await _segundo(banco)
        compras = len(banco.compras)
        rechazos = 0
        for _ in range(600):
            await asyncio.sleep(0.5)
            rechazos += len(banco.compras) >= compras and _intentar(viejo)
        assert len(banco.compras) >= compras + 4
        await banco.hasta(lambda: not nuevo.bucle.estado.libro.abiertos, 120, muerto_vale=True)
        _solo_la_ficha_nueva(banco, compras, nuevo.bucle._arriendo.ficha)
        assert banco.ordenes(estado=EstadoOrden.CADUCADA) or banco.ordenes(estado=EstadoOrden.DENEGADA)
        await _cerrar(nuevo, trabajo)

    en_banco(carpeta_datos, prueba, **OPCIONES)


def _intentar(montado: Montado) -> bool:
    """Devuelve si el bucle viejo cree que aún puede entrar."""
    try:
        return montado.bucle._puede_intentar()
    except ErrorTimonel:
        return False


def _solo_la_ficha_nueva(banco: Banco, compras: int, ficha: int) -> None:
    """Cada compra de la sede posterior al relevo salió con la ficha nueva."""
    referencias = {str(contrato.id) for contrato in banco.compras[compras:]}
    fichas = {orden.ficha for orden in banco.ordenes() if orden.referencia in referencias}
    assert fichas == {ficha}
    assert not [mala for mala in banco.violaciones() if "balance" not in mala]
