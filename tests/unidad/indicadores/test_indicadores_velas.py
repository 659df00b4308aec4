"""Velas por tiempo: solo cerradas, alineadas, completas y sin mirar adelante."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.errores import ErrorConfiguracion
from dominio.velas import Tick, Vela
from indicadores.velas import ConstructorVelas

pytestmark = pytest.mark.rapido


def velas_de(ticks: list[Tick], duracion_s: int) -> list[Vela]:
    constructor = ConstructorVelas(duracion_s)
    return [vela for tick in ticks if (vela := constructor.agregar(tick)) is not None]


def t(segundo: float, precio: float) -> Tick:
    return Tick("R_50", int(segundo * 1000), precio)


def test_la_vela_se_entrega_con_el_primer_tick_posterior() -> None:
    ticks = [t(60, 1.0), t(62, 3.0), t(64, 0.5), t(118, 2.0)]
    assert velas_de(ticks, 60) == []
    assert velas_de([*ticks, t(120, 9.0)], 60) == [Vela("R_50", 60_000, 60, 1.0, 3.0, 0.5, 2.0)]


def test_la_primera_vela_a_medias_se_descarta() -> None:
    assert velas_de([t(61, 1.0), t(120, 2.0)], 60) == []


def test_un_tramo_sin_ticks_no_da_vela() -> None:
    velas = velas_de([t(0, 1.0), t(200, 2.0), t(240, 3.0)], 60)
    assert [v.epoch_ms for v in velas] == [0, 180_000]


def test_descartar_olvida_la_vela_en_curso() -> None:
    constructor = ConstructorVelas(60)
    constructor.agregar(t(0, 1.0))
    constructor.descartar()
    assert constructor.agregar(t(65, 1.0)) is None
    assert constructor.agregar(t(125, 1.0)) is None


def test_duracion_imposible() -> None:
    with pytest.raises(ErrorConfiguracion, match="IND-05"):
        ConstructorVelas(0)


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 1000)), max_size=80), st.sampled_from([5, 15, 60]))
def test_cada_vela_resume_exactamente_sus_ticks(pasos: list[tuple[int, int]], duracion: int) -> None:
    ticks, segundo = [], 0
    for salto, precio in pasos:
        segundo += salto
        ticks.append(t(segundo, float(precio)))
    for vela in velas_de(ticks, duracion):
        dentro = [x.precio for x in ticks if vela.epoch_ms <= x.epoch_ms < vela.cierre_ms]
        assert (vela.apertura, vela.maximo, vela.minimo, vela.cierre) == (
            dentro[0],
            max(dentro),
            min(dentro),
            dentro[-1],
        )
        assert vela.epoch_ms % (duracion * 1000) == 0
        assert vela.cierre_ms <= ticks[-1].epoch_ms
