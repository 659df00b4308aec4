"""Los ticks grabados se sirven como los de un índice: por su hora, sin inventar nada y desde cuando se pida."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dominio.errores import ErrorUsuario
from simulacion.reproduccion import MercadoGrabado
from tests.rutas import COMPARTIDO, o_saltar

pytestmark = pytest.mark.rapido
polars = pytest.importorskip("polars", reason="falta polars: instale el grupo investigacion")


def _guardar(ruta: Path, **columnas: Any) -> Path:
    polars.DataFrame(columnas).write_parquet(ruta)
    return ruta


def test_lee_milisegundos_y_deja_el_ultimo_de_cada_segundo(tmp_path: Path) -> None:
    base = 1_700_000_000_000
    ruta = _guardar(tmp_path / "t.parquet", epoch_ms=[base, base + 400, base + 2100], quote=[1.0, 1.12345, 2.0])
    mercado = MercadoGrabado.desde_parquet(ruta, "X", decimales=3)
    horas, precios = mercado.tramo("X", 0, 2_000_000_000)
    assert horas.tolist() == [1_700_000_000, 1_700_000_002]
    assert precios.tolist() == [1.123, 2.0]
    assert mercado.siguiente("X", 1_700_000_000) == 1_700_000_002
    assert mercado.siguiente("X", 1_700_000_002) is None
    assert mercado.ultimo("X", 1_699_999_999) is None
    assert mercado.ultimo("X", 1_700_000_001) == (1_700_000_000, 1.123)


def test_se_puede_mover_a_otra_hora(tmp_path: Path) -> None:
    ruta = _guardar(tmp_path / "t.parquet", epoch=[100, 101, 105], bid=[1.0, 2.0, 3.0], ask=[2.0, 3.0, 4.0])
    mercado = MercadoGrabado.desde_parquet(ruta, "X", decimales=2, empieza_s=1000)
    assert mercado.tramo("X", 0, 9999)[0].tolist() == [1000, 1001, 1005]
    assert mercado.precio("X", 1003) == 2.5


def test_una_grabacion_de_verdad() -> None:
    ruta = o_saltar(COMPARTIDO / "datos" / "mercado" / "oanda_EURUSD_tick.parquet")
    mercado = MercadoGrabado.desde_parquet(ruta, "frxEURUSD", decimales=5)
    horas, precios = mercado.tramo("frxEURUSD", 0, 2_000_000_000)
    assert len(horas) > 40_000
    assert np.all(np.diff(horas) > 0)
    assert 1.3 < precios.min() < precios.max() < 1.5


@pytest.mark.parametrize("columnas", [{"x": [1]}, {"epoch": [1]}, {"epoch": [2, 1], "quote": [1.0, 1.0]}])
def test_lo_que_no_es_una_grabacion_se_dice(tmp_path: Path, columnas: dict[str, Any]) -> None:
    ruta = _guardar(tmp_path / "t.parquet", **columnas)
    with pytest.raises(ErrorUsuario) as fallo:
        MercadoGrabado.desde_parquet(ruta, "X", decimales=2)
    assert fallo.value.codigo == "SIM-06"


def test_un_fichero_que_no_esta_se_dice(tmp_path: Path) -> None:
    with pytest.raises(ErrorUsuario) as fallo:
        MercadoGrabado.desde_parquet(tmp_path / "no.parquet", "X", decimales=2)
    assert fallo.value.codigo == "SIM-06"


def test_sin_polars_se_dice_que_instalar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    importar = builtins.__import__

    def sin_polars(nombre: str, *resto: Any, **mas: Any) -> Any:
        if nombre == "polars":
            raise ImportError(nombre)
        return importar(nombre, *resto, **mas)

    monkeypatch.setattr(builtins, "__import__", sin_polars)
    with pytest.raises(ErrorUsuario) as fallo:
        MercadoGrabado.desde_parquet(tmp_path / "t.parquet", "X", decimales=2)
    assert fallo.value.codigo == "SIM-05"
