"""La verificación vectorizada juzga cada día igual que la regla de verdad, y mide lo que la regla promete."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dominio.posiciones import Resultado
from simulacion import verificacion_horarios as v
from simulacion.horarios import Entrada, analizar

pytestmark = pytest.mark.rapido

UTC_ZONA = ZoneInfo("UTC")


@pytest.mark.parametrize(("muestras", "pago"), [(20, 0.95), (60, 0.95), (60, 0.6)])
def test_cada_dia_se_juzga_como_lo_hace_el_bot(muestras: int, pago: float) -> None:
    azar = np.random.Generator(np.random.PCG64(3))
    equilibrio = 1 / (1 + pago)
    tasas = azar.uniform(0.3, 0.95, (40, 1))  # de días malos a días que superan el equilibrio
    dias = azar.binomial(muestras, tasas, (40, 24))
    elegidas, superan = v.juzgar(dias, muestras, equilibrio)
    assert 0 < superan.sum() < len(superan)
    for dia, elegida, supera in zip(dias, elegidas, superan, strict=True):
        analisis = analizar(_entradas(dia.tolist(), muestras, equilibrio), UTC_ZONA)
        assert analisis.mejor is not None
        assert (analisis.mejor.hora, analisis.veredicto.supera) == (elegida, supera)


def test_lo_medido_es_lo_exacto_y_lo_exacto_lo_que_se_promete() -> None:
    informe = v.verificar(dias=20_000, muestras=750, pago=0.95, semilla=4)
    assert informe["violaciones"] == []
    assert informe["falsos_positivos_exacto_pct"] == pytest.approx(4.1, abs=0.05)
    assert informe["deteccion_exacta_pct"] == pytest.approx(97, abs=0.1)
    assert informe["falsos_positivos_pct"] <= 5
    assert informe["deteccion_pct"] >= 95


def test_la_misma_semilla_da_lo_mismo_y_el_avance_llega_al_final() -> None:
    avances: list[int] = []
    uno = v.verificar(dias=6000, muestras=100, semilla=9, al_avanzar=avances.append)
    assert uno == v.verificar(dias=6000, muestras=100, semilla=9)
    assert uno != v.verificar(dias=6000, muestras=100, semilla=10)
    assert avances == sorted(avances)
    assert avances[-1] == 12_000


def test_una_regla_que_no_corrigiera_por_las_horas_se_notaria(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v, "nivel", lambda _horas: 0.05)
    informe = v.verificar(dias=5000, muestras=750)
    assert informe["falsos_positivos_pct"] > 40
    assert "los falsos positivos pasan del 5 %" in informe["violaciones"]


def test_lo_medido_que_se_aparta_de_lo_exacto_es_una_violacion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v, "TASA_BUENA", 0.60)
    monkeypatch.setattr(v, "deteccion_exacta", lambda *_: 0.99)
    assert any(mala.startswith("detección") for mala in v.verificar(dias=5000)["violaciones"])


def _entradas(aciertos: list[int], muestras: int, equilibrio: float) -> list[Entrada]:
    medianoche = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Entrada(
            medianoche + timedelta(hours=hora, seconds=i), Resultado.GANADA if i < k else Resultado.PERDIDA, equilibrio
        )
        for hora, k in enumerate(aciertos)
        for i in range(muestras)
    ]
