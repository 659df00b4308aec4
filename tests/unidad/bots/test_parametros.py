"""Del fichero del bot al motor de señales: lo que llega y cómo se explica lo que está mal."""

from pathlib import Path
from typing import Any

import pytest

from bots.deriv.parametros import parametros_senales
from bots.registro import DE_SERIE
from core.configuracion import ConfigBot, leer_bot
from dominio.errores import ErrorConfiguracion

pytestmark = pytest.mark.rapido


def _config(**componentes: Any) -> ConfigBot:
    serie = leer_bot(Path(DE_SERIE) / "deriv_dinamico.yaml").model_dump()
    serie["senales"]["componentes"] = componentes
    return ConfigBot.model_validate(serie)


def test_llega_lo_del_contrato_y_lo_de_cada_componente() -> None:
    parametros = parametros_senales(_config(rsi={"periodo": 21}, cruce_ema={"rapida": 30, "lenta": 60}))
    assert parametros.pago_neto_min == pytest.approx(0.80)
    assert parametros.duracion == 5 and parametros.unidad == "t"
    assert parametros.rsi.periodo == 21 and parametros.cruce_ema.lenta == 60


@pytest.mark.parametrize(
    ("componentes", "clave", "pista"),
    [
        ({"rsi": {"perido": 21}}, "senales.componentes.rsi.perido", "periodo"),
        ({"macd": {"zzz": 1}}, "senales.componentes.macd.zzz", "Admite"),
        ({"rsi": {"periodo": 2.5}}, "senales.componentes.rsi.periodo", "14"),
        (
            {"cruce_ema": {"rapida": 30, "lenta": 60}, "momento": {"periodo": 1.5}},
            "senales.componentes.momento.periodo",
            "10",
        ),
    ],
)
def test_una_clave_mala_se_nombra(componentes: Any, clave: str, pista: str) -> None:
    with pytest.raises(ErrorConfiguracion) as visto:
        parametros_senales(_config(**componentes))
    assert visto.value.codigo == "CFG-04"
    assert visto.value.detalle["clave"] == clave
    assert pista in visto.value.que_hacer


def test_un_valor_fuera_de_su_intervalo_lo_dice_el_componente() -> None:
    with pytest.raises(ErrorConfiguracion) as visto:
        parametros_senales(_config(cruce_ema={"rapida": 50}))
    assert visto.value.codigo == "SEN-02"
