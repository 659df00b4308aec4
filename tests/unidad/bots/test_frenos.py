"""El freno que ve un bot: lo ilegible detiene, lo viejo se relee y releer no hace esperar a nadie."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bots.frenos import FrenoLocal, rutas_bandera
from dominio.freno import Freno
from simulacion.bucles import RelojDeBucle, correr

pytestmark = pytest.mark.rapido


class _Base:
    """Una base que tarda 0,1 s en leerse y dice lo que se le ponga (o falla)."""

    def __init__(self) -> None:
        self.dice: Freno | Exception = Freno.ACTIVO
        self.lecturas = 0

    def leer(self) -> Freno:
        self.lecturas += 1
        if isinstance(self.dice, Exception):
            raise self.dice
        return self.dice

    async def ejecutor(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0.1)
        return funcion(*args, **kwargs)


def _freno(base: _Base, carpeta: Path) -> FrenoLocal:
    reloj = RelojDeBucle(asyncio.get_running_loop())
    return FrenoLocal(leer_base=base.leer, ejecutor=base.ejecutor, banderas=rutas_bandera(carpeta, "bot"), reloj=reloj)


async def _cuanto(freno: FrenoLocal) -> tuple[Freno, float]:
    """Devuelve el freno vigente y lo que se esperó por él."""
    antes = asyncio.get_running_loop().time()
    return await freno.vigente(), asyncio.get_running_loop().time() - antes


def test_quien_pregunta_a_menudo_solo_espera_la_primera_lectura(tmp_path: Path) -> None:
    async def guion() -> None:
        base = _Base()
        freno = _freno(base, tmp_path)
        assert await _cuanto(freno) == (Freno.ACTIVO, pytest.approx(0.1))
        for _ in range(50):
            await asyncio.sleep(0.15)
            assert await _cuanto(freno) == (Freno.ACTIVO, 0.0)
        assert base.lecturas > 5

    correr(guion())


def test_un_freno_nuevo_se_ve_antes_de_un_segundo(tmp_path: Path) -> None:
    async def guion() -> None:
        base = _Base()
        freno = _freno(base, tmp_path)
        await freno.vigente()
        base.dice = Freno.DETENIDO
        await asyncio.sleep(0.95)
        await freno.vigente()  # todavía vale lo leído: la relectura sale sin hacer esperar
        await asyncio.sleep(0.15)
        assert await freno.vigente() is Freno.DETENIDO

    correr(guion())


def test_lo_leido_hace_mas_de_un_segundo_no_vale(tmp_path: Path) -> None:
    async def guion() -> None:
        base = _Base()
        freno = _freno(base, tmp_path)
        await freno.vigente()
        base.dice = Freno.REDUCIENDO
        await asyncio.sleep(1.0)
        assert await freno.vigente() is Freno.REDUCIENDO

    correr(guion())


def test_lo_que_no_se_puede_leer_detiene(tmp_path: Path) -> None:
    async def guion() -> None:
        base = _Base()
        freno = _freno(base, tmp_path)
        assert await freno.vigente() is Freno.ACTIVO
        base.dice = OSError("disco")
        await asyncio.sleep(0.7)
        await freno.vigente()
        await asyncio.sleep(0.15)
        assert await freno.vigente() is Freno.DETENIDO

    correr(guion())


def test_la_bandera_y_la_senal_mandan_sin_leer_la_base(tmp_path: Path) -> None:
    async def guion() -> None:
        freno = _freno(_Base(), tmp_path)
        assert await freno.vigente() is Freno.ACTIVO
        (tmp_path / "ALTO.bot").touch()
        assert freno.inmediato() is Freno.DETENIDO
        assert await freno.vigente() is Freno.DETENIDO
        (tmp_path / "ALTO.bot").unlink()
        assert freno.inmediato() is Freno.ACTIVO
        freno.detener()
        assert freno.inmediato() is Freno.DETENIDO

    correr(guion())


def test_la_senal_detiene_hasta_que_se_suelta_y_la_bandera_sigue_mandando(tmp_path: Path) -> None:
    async def guion() -> list[Freno]:
        freno = _freno(_Base(), tmp_path)
        vistos = [freno.inmediato()]
        freno.detener()
        vistos.append(freno.inmediato())
        (tmp_path / "ALTO").touch()
        freno.soltar()
        vistos.append(freno.inmediato())
        (tmp_path / "ALTO").unlink()
        vistos.append(freno.inmediato())
        return vistos

    assert correr(guion()) == [Freno.ACTIVO, Freno.DETENIDO, Freno.DETENIDO, Freno.ACTIVO]
