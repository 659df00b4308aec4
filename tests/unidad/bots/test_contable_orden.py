"""Lo que se halla al volver se asienta en el orden en que pasó en la sede, y solo se clasifica lo que se buscó."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bots.deriv.contable import Contable
from core import estado_bot
from core.meta_dinamica import ReglaDinamica
from core.services import Ficha
from dominio.posiciones import Liquidacion, Movimiento, Resultado
from dominio.reloj import RelojManual

pytestmark = pytest.mark.rapido
AHORA = datetime(2026, 1, 1, tzinfo=UTC)


class ContableQueApunta(Contable):
    """Apunta qué asienta y como qué, sin base de datos. ``propias``: las referencias nuestras."""

    def __init__(self, filas=(), propias=()):
        async def ejecutor(*_args, **_kwargs):
            return None

        super().__init__(
            ficha=Ficha("b", "deriv", "VRTC1"), regla=ReglaDinamica(), pausa=timedelta(hours=24), lector=self,
            diario=self, ejecutor=ejecutor, reloj=RelojManual(),
        )  # fmt: skip
        self.estado, _ = estado_bot.activar(Decimal(1000), AHORA)
        self.filas, self.propias, self.asentado = filas, set(propias), []

    async def movimientos(self, _desde, _hasta):
        return self.filas

    async def conocida(self, _sede, _cuenta, referencia):
        return referencia in self.propias

    async def liquidar(self, liquidacion):
        self.asentado.append(("liquidacion", liquidacion.referencia))
        return True

    async def _anotar(self, movimiento, *, propio):
        self.asentado.append(("propio" if propio else "anotado", movimiento.transaccion))

    async def _asentar_ajeno(self, movimiento):
        self.asentado.append(("ajeno", movimiento.transaccion))


def _liquidacion(referencia, segundos, transaccion=None):
    return Liquidacion(
        referencia=referencia, resultado=Resultado.PERDIDA, beneficio=Decimal(-5), cobrado=Decimal(0),
        hora=AHORA + timedelta(seconds=segundos), transaccion=transaccion,
    )  # fmt: skip


def _movimiento(transaccion, segundos, referencia=None):
    return Movimiento(
        transaccion=transaccion, accion="deposit", importe=Decimal(9), balance_despues=Decimal(1009),
        hora=AHORA + timedelta(seconds=segundos), referencia=referencia,
    )  # fmt: skip


def test_liquidaciones_y_movimientos_van_en_el_orden_de_la_sede():
    """La pausa empieza en la primera que cruza el stop, medido contra el pico que había entonces."""
    contable = ContableQueApunta([_movimiento("30", 7), _movimiento("10", 2), _movimiento("41", 9)])
    halladas = (_liquidacion("B", 9, "40"), _liquidacion("A", 4), _liquidacion("C", 9))
    asyncio.run(contable.ponerse_al_dia(halladas))
    assert [clave for _, clave in contable.asentado] == ["10", "A", "30", "B", "41", "C"]


def test_lo_que_aparece_durante_la_pasada_no_se_clasifica_con_ella():
    contable = ContableQueApunta()

    async def prueba():
        await contable.mover(_movimiento("1", 0, "X"))
        vistas = contable.pendientes()
        await contable.mover(_movimiento("2", 1, "Y"))
        await contable.clasificar(vistas)

    asyncio.run(prueba())
    assert contable.asentado == [("ajeno", "1")]
    assert contable.pendientes() == {"2"}


def test_lo_que_resulta_nuestro_despues_de_darlo_por_ajeno_ya_no_se_anota_como_ajeno():
    contable = ContableQueApunta()

    async def prueba():
        await contable.mover(_movimiento("1", 0, "X"))
        await contable.clasificar(contable.pendientes())
        contable.propias.add("X")
        await contable.mover(_movimiento("2", 5, "X"))

    asyncio.run(prueba())
    assert contable.asentado == [("ajeno", "1"), ("propio", "2")]
