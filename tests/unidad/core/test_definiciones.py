"""La definición vigente y cuándo un cambio sube el riesgo: propiedades del orden y mezcla de lo guardado."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.configuracion import ConfigBot, errores_por_campo
from core.definiciones.mezcla import leer_guardado, mezclar, vigente
from core.definiciones.riesgo import DE_MENOS_A_MAS, motivos_de_riesgo, sube_riesgo
from dominio.errores import ErrorConfiguracion
from dominio.instrumentos import Entorno

pytestmark = pytest.mark.rapido

BASE: dict[str, Any] = {"nombre": "uno", "familia": "deriv_dinamico", "activos": ["R_10"]}


def bot(**cambios: Any) -> ConfigBot:
    return ConfigBot.model_validate(mezclar(BASE, cambios))


pct = st.sampled_from([Decimal("0.1"), Decimal("0.25"), Decimal("0.5")])
configuraciones = st.builds(
    lambda entorno, activos, monto, stop, contrato, pausa, senales: bot(
        entorno=entorno,
        activos=sorted(activos),
        regla={"monto_pct": monto, "stop_pct": stop},
        contrato=contrato,
        pausa=pausa,
        senales={**senales, "aceptar_esperanza_negativa": True},
    ),
    st.sampled_from(DE_MENOS_A_MAS),
    st.sets(st.sampled_from(["R_10", "R_25", "R_50"]), min_size=1),
    pct,
    pct,
    st.fixed_dictionaries({"duracion": st.integers(1, 3), "unidad": st.sampled_from("ts")}),
    st.fixed_dictionaries(
        {
            "horas": st.sampled_from([1.0, 24.0]),
            "espera_max_h": st.sampled_from([0.0, 24.0]),
            "sin_hora": st.sampled_from(["operar_igual", "seguir_pausado"]),
            "hora_reserva": st.sampled_from([None, 5, 6]),
        }
    ),
    st.fixed_dictionaries(
        {"exigir_ventaja": st.sampled_from([None, True, False]), "umbral_senal": st.sampled_from([0.1, 0.2])}
    ),
)


@given(configuraciones)
def test_lo_mismo_no_sube_el_riesgo(una: ConfigBot) -> None:
    assert not sube_riesgo(una, una)


@given(configuraciones, configuraciones, configuraciones)
def test_no_se_sube_el_riesgo_a_pasitos(una: ConfigBot, otra: ConfigBot, tercera: ConfigBot) -> None:
    """Si de la primera a la tercera sube, alguno de los dos pasos lo dijo, y por el mismo campo."""
    por_pasos = {*motivos_de_riesgo(una, otra), *motivos_de_riesgo(otra, tercera)}
    assert set(motivos_de_riesgo(una, tercera)) <= por_pasos


@given(configuraciones, configuraciones)
def test_si_ninguna_sube_respecto_a_la_otra_arriesgan_lo_mismo(una: ConfigBot, otra: ConfigBot) -> None:
    if not sube_riesgo(una, otra) and not sube_riesgo(otra, una):
        iguales = ("entorno", "moneda", "regla", "contrato", "exige_ventaja")
        assert [getattr(una, campo) for campo in iguales] == [getattr(otra, campo) for campo in iguales]
        assert set(una.activos) == set(otra.activos)


@pytest.mark.parametrize(
    ("cambio", "campo"),
    [
        ({"entorno": "papel"}, "entorno"),
        ({"activos": ["R_10", "R_25"]}, "activos"),
        ({"regla": {"monto_pct": "0.5"}}, "regla.monto_pct"),
        ({"regla": {"stop_pct": "2"}}, "regla.stop_pct"),
        ({"contrato": {"duracion": 4}}, "contrato.duracion"),
        ({"contrato": {"unidad": "s"}}, "contrato.duracion"),
        ({"contrato": {"pago_min_pct": 50}}, "contrato.pago_min_pct"),
        ({"pausa": {"horas": 1}}, "pausa.horas"),
        ({"pausa": {"espera_max_h": 1}}, "pausa.sin_hora"),
        ({"pausa": {"hora_reserva": 5}}, "pausa.hora_reserva"),
        ({"senales": {"exigir_ventaja": False}}, "senales.exigir_ventaja"),
        ({"senales": {"umbral_senal": 0.0}}, "senales.umbral_senal"),
        ({"senales": {"edad_max_ms": 60_000}}, "senales.edad_max_ms"),
        ({"moneda": "BTC"}, "moneda"),
    ],
)
def test_cada_limite_que_se_afloja_se_dice(cambio: dict[str, Any], campo: str) -> None:
    antes = bot(regla={"monto_pct": "0.2"}, senales={"exigir_ventaja": True})
    despues = ConfigBot.model_validate(mezclar(antes.model_dump(mode="json"), cambio))
    assert motivos_de_riesgo(antes, despues) == (campo,)
    assert not sube_riesgo(despues, antes) or campo in ("contrato.duracion", "moneda")


def test_un_bot_nuevo_solo_sube_el_riesgo_con_dinero_real() -> None:
    assert not sube_riesgo(None, bot(entorno="demo"))
    assert motivos_de_riesgo(None, bot(entorno="real", senales={"exigir_ventaja": True})) == ("entorno",)


def test_lo_guardado_va_por_encima_del_fichero_grupo_a_grupo() -> None:
    config = vigente("uno", {**BASE, "regla": {"monto_pct": 0.4, "meta_pct": 2}}, '{"regla": {"monto_pct": "0.1"}}')
    assert (config.regla.monto_pct, config.regla.meta_pct) == (Decimal("0.1"), Decimal(2))


def test_un_bot_solo_de_la_base_existe_con_su_definicion_entera() -> None:
    assert vigente("dos", None, '{"familia": "deriv_dinamico", "activos": ["R_10"]}').nombre == "dos"


@pytest.mark.parametrize(
    "texto",
    ["{", "[]", "null", '"x"', '{"nombre": "otro"}', '{"regla": 3}', '{"desconocida": 1}', '{"a": NaN}', "[" * 5000],
)
def test_lo_guardado_que_no_vale_es_cfg_05(texto: str) -> None:
    with pytest.raises(ErrorConfiguracion) as fallo:
        vigente("uno", BASE, texto)
    assert fallo.value.codigo == "CFG-05"


def test_mezclar_no_toca_sus_entradas() -> None:
    base = {"a": {"b": 1, "c": 2}, "d": [1]}
    assert mezclar(base, {"a": {"b": 5}, "d": [2]}) == {"a": {"b": 5, "c": 2}, "d": [2]}
    assert base == {"a": {"b": 1, "c": 2}, "d": [1]}


def test_los_errores_van_por_campo() -> None:
    errores = errores_por_campo(mezclar(BASE, {"regla": {"monto_pct": 3}, "activos": [], "otra": 1}))
    assert set(errores) == {"regla.monto_pct", "activos", "otra"}
    real = mezclar(BASE, {"entorno": Entorno.REAL, "senales": {"exigir_ventaja": False}})
    assert set(errores_por_campo(real)) == {""}
    assert leer_guardado("uno", "{}") == {}
