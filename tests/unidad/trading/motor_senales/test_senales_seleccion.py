"""La elección del mejor activo: la regla, los motivos y la frase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.senales import Direccion, Senal
from trading.motor_senales.estadistica import cota_inferior
from trading.motor_senales.parametros import ParametrosSenales
from trading.motor_senales.seleccion import (
    CODIGOS_DESCARTE,
    Candidato,
    Cifras,
    Descarte,
    elegir,
    equilibrio,
    esperado,
    frase_cifras,
    por_ciento,
)

pytestmark = pytest.mark.rapido
LIBRE = ParametrosSenales(exigir_ventaja=False, umbral_senal=0.15)
EXIGENTE = ParametrosSenales(exigir_ventaja=True, umbral_senal=0.15)


def candidato(simbolo: str = "R_50", p: float = 0.499, pago: float | None = 0.95, **cambios) -> Candidato:
    fuerza = cambios.pop("fuerza", 0.3)
    senal = Senal(
        clave=simbolo,
        simbolo=simbolo,
        direccion=Direccion.CALL,
        epoch_ms=1,
        precio=92.0,
        fuerza=fuerza,
        probabilidad=p,
        probabilidad_baja=0.0,
    )
    campos = {"abierto": True, "edad_ms": 500, "listo": True, "senal": senal, "muestras": 1000.0, "pago_neto": pago}
    return Candidato(simbolo=simbolo, **(campos | cambios))


def test_elige_el_mayor_valor_esperado_no_la_mayor_probabilidad() -> None:
    eleccion = elegir([candidato("A", 0.52, 0.80), candidato("B", 0.50, 0.95)], LIBRE)
    assert eleccion.senal is not None
    assert eleccion.senal.simbolo == "B"
    assert eleccion.descartes == (Descarte("A", "MENOR_EV", esperado(0.52, 0.80), esperado(0.50, 0.95)),)


def test_sin_exigir_ventaja_entra_aunque_pierda_de_media() -> None:
    eleccion = elegir([candidato()], LIBRE)
    assert eleccion.senal is not None
    assert eleccion.cifras is not None
    assert eleccion.cifras.esperado == pytest.approx(-0.02695)
    assert eleccion.senal.probabilidad_baja == cota_inferior(0.499, 1000.0, 0.95, 1)


def test_exigir_ventaja_pide_que_la_cota_llegue_al_equilibrio() -> None:
    assert elegir([candidato(p=0.60, muestras=500.0)], EXIGENTE).senal is not None
    rechazo = elegir([candidato(p=0.60, muestras=60.0)], EXIGENTE)
    assert rechazo.senal is None
    assert rechazo.cifras is not None, "el panel enseña igualmente las cuentas del mejor"
    assert [d.codigo for d in rechazo.descartes] == ["SIN_VENTAJA"]


def test_la_exigencia_crece_con_el_numero_de_candidatos() -> None:
    justo = candidato("A", p=0.56, muestras=700.0)
    assert elegir([justo], EXIGENTE).senal is not None
    otros = [candidato(f"X{i}") for i in range(9)]
    acompanado = elegir([justo, *otros], EXIGENTE)
    assert acompanado.senal is None
    assert acompanado.candidatos == 10


def test_con_ventaja_gana_el_mejor_de_los_que_la_tienen() -> None:
    candidatos = [candidato("A", 0.70, muestras=5.0), candidato("B", 0.60, muestras=9000.0), candidato("C")]
    eleccion = elegir(candidatos, EXIGENTE)
    assert eleccion.senal is not None
    assert eleccion.senal.simbolo == "B"
    assert {d.simbolo: d.codigo for d in eleccion.descartes} == {"A": "SIN_VENTAJA", "C": "SIN_VENTAJA"}


@pytest.mark.parametrize(
    ("cambios", "codigo"),
    [
        ({"abierto": False}, "CERRADO"),
        ({"edad_ms": None}, "SIN_DATOS"),
        ({"edad_ms": 10_001}, "RANCIO"),
        ({"listo": False, "senal": None}, "CALENTANDO"),
        ({"senal": None}, "DEBIL"),
        ({"fuerza": 0.149}, "DEBIL"),
        ({"pago": None}, "SIN_PAGO"),
        ({"pago": 0.0}, "SIN_PAGO"),
        ({"pago": float("nan")}, "SIN_PAGO"),
    ],
)
def test_cada_filtro_deja_su_motivo(cambios: dict, codigo: str) -> None:
    eleccion = elegir([candidato(**cambios)], LIBRE)
    assert eleccion.senal is None
    assert [d.codigo for d in eleccion.descartes] == [codigo]
    assert eleccion.frase().startswith("Sin entrada. R_50: ")


def test_en_el_umbral_justo_pasa() -> None:
    assert elegir([candidato(fuerza=0.15, edad_ms=10_000)], LIBRE).senal is not None


def test_pago_minimo() -> None:
    parametros = ParametrosSenales(exigir_ventaja=False, pago_neto_min=0.9)
    assert elegir([candidato(pago=0.9)], parametros).senal is not None
    (descarte,) = elegir([candidato(pago=0.88)], parametros).descartes
    assert descarte.frase == "R_50: paga 0,880 por unidad y se piden 0,900."


def test_a_igual_valor_gana_la_mas_fuerte_y_luego_la_primera() -> None:
    trio = [candidato("A"), candidato("B", fuerza=0.4), candidato("C", fuerza=0.4)]
    assert elegir(trio, LIBRE).senal.simbolo == "B"


def test_la_frase_del_diseno() -> None:
    cifras = elegir([candidato()], LIBRE).cifras
    assert frase_cifras(cifras) == (
        "Acierto calibrado 49,9 %; para no perder hace falta 51,3 %; resultado esperado −2,7 % del monto. "
        "En índices sintéticos ninguna señal tiene ventaja demostrada."
    )


def test_la_frase_fuera_de_los_sinteticos_no_promete() -> None:
    sin = Cifras("EURUSD", 0.53, 0.50, 0.513, 0.03, 0.95)
    con = Cifras("EURUSD", 0.56, 0.52, 0.513, 0.09, 0.95)
    assert frase_cifras(sin, sintetico=False).endswith("La ventaja de esta señal no está demostrada.")
    assert frase_cifras(con, sintetico=False).endswith("La cota inferior del acierto, 52,0 %, supera lo necesario.")


def test_por_ciento() -> None:
    assert por_ciento(0.499) == "49,9 %"
    assert por_ciento(-0.027) == "−2,7 %"
    assert por_ciento(-0.0001) == "0,0 %"


@pytest.mark.parametrize("codigo", CODIGOS_DESCARTE)
def test_toda_frase_se_escribe_en_espanol(codigo: str) -> None:
    frase = Descarte("R_50", codigo, -0.0269, 0.5128).frase
    assert frase.startswith("R_50: ")
    assert frase.endswith(".")
    assert "{" not in frase
    assert "0." not in frase


@given(
    st.lists(
        st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 2.0), st.floats(0, 1), st.booleans(), st.floats(0, 1e5)),
        max_size=8,
    ),
    st.booleans(),
)
def test_propiedades_de_la_eleccion(filas: list, exigir: bool) -> None:
    parametros = EXIGENTE if exigir else LIBRE
    candidatos = [
        candidato(f"S{i}", p, pago, fuerza=fuerza, abierto=abierto, muestras=n)
        for i, (p, pago, fuerza, abierto, n) in enumerate(filas)
    ]
    eleccion = elegir(candidatos, parametros)
    validos = [c for c in candidatos if c.abierto and c.senal.fuerza >= 0.15]
    assert eleccion.candidatos == len(validos)
    assert len(eleccion.descartes) == len(candidatos) - (eleccion.senal is not None)
    if exigir:
        validos = [
            c
            for c in validos
            if cota_inferior(c.senal.probabilidad, c.muestras, 0.95, len(validos)) >= equilibrio(c.pago_neto)
        ]
    assert (eleccion.senal is not None) == bool(validos)
    if eleccion.senal is not None:
        mejor = max(esperado(c.senal.probabilidad, c.pago_neto) for c in validos)
        assert eleccion.cifras.esperado == pytest.approx(mejor)
