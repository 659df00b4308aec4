"""El lenguaje común: dinero exacto, ciclo de vida de una orden, identificadores, freno y horas."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio import puntos_fallo
from dominio.dinero import a_decimal, redondear, truncar
from dominio.errores import ErrorConfiguracion, ErrorPermanente, ErrorServicio, ErrorTransicion
from dominio.freno import Freno, leer, mas_estricto
from dominio.ordenes import BLOQUEAN_ENTRADAS, TRANSICIONES, EstadoOrden, comprobar_transicion, id_cliente
from dominio.reloj import RelojEscalado, RelojManual, a_epoch_ms, de_epoch_ms

pytestmark = pytest.mark.rapido
reales = st.decimals(min_value=-(10**12), max_value=10**12, places=6)


@given(reales, st.integers(0, 6))
def test_truncar_no_aumenta_el_valor_absoluto_y_pierde_menos_de_una_unidad(valor, decimales):
    cortado = truncar(valor, decimales)
    assert abs(cortado) <= abs(valor)
    assert abs(valor - cortado) < Decimal(1).scaleb(-decimales)
    assert abs(redondear(valor, decimales) - valor) <= Decimal(1).scaleb(-decimales) / 2


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_un_float_se_lee_como_se_escribe(valor):
    assert float(a_decimal(valor)) == valor


@pytest.mark.parametrize("malo", ["", "diez", "NaN", "Infinity", float("nan"), float("inf"), None])
def test_lo_que_no_es_un_importe_se_rechaza(malo):
    with pytest.raises(ErrorPermanente) as fallo:
        a_decimal(malo)
    assert fallo.value.codigo == "DIN-01"


def test_de_una_desconocida_solo_se_sale_adoptandola_descartandola_o_revisandola():
    assert TRANSICIONES[EstadoOrden.DESCONOCIDA] == {
        EstadoOrden.ACEPTADA,
        EstadoOrden.NO_COLOCADA,
        EstadoOrden.REVISION,
    }


def test_nada_vuelve_a_enviarse():
    hacia_envio = {desde for desde, hasta in TRANSICIONES.items() if EstadoOrden.ENVIANDO in hasta}
    assert hacia_envio == {EstadoOrden.APROBADA}
    assert EstadoOrden.APROBADA not in {h for hasta in TRANSICIONES.values() for h in hasta} - {EstadoOrden.APROBADA}
    assert EstadoOrden.ENVIANDO in BLOQUEAN_ENTRADAS


@given(st.sampled_from(EstadoOrden), st.sampled_from(EstadoOrden))
def test_lo_que_no_esta_en_la_tabla_no_se_puede(desde, hasta):
    if hasta in TRANSICIONES.get(desde, frozenset()):
        comprobar_transicion(desde, hasta)
    else:
        with pytest.raises(ErrorTransicion):
            comprobar_transicion(desde, hasta)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_el_identificador_cabe_en_cualquier_sede_y_solo_depende_de_la_senal(instalacion, cuenta, clave):
    uno = id_cliente(instalacion, cuenta, clave)
    assert re.fullmatch("[a-z2-7]{26}", uno)
    assert uno == id_cliente(instalacion, cuenta, clave)
    assert uno != id_cliente(instalacion, cuenta, clave + "x")


@pytest.mark.parametrize("texto", [None, "", "activo", "ROTO"])
def test_un_freno_ilegible_es_detenido(texto):
    assert leer(texto) is Freno.DETENIDO


def test_manda_el_freno_mas_estricto_y_sin_ninguno_detenido():
    assert mas_estricto([Freno.ACTIVO, Freno.REDUCIENDO]) is Freno.REDUCIENDO
    assert mas_estricto([Freno.DETENIDO, Freno.ACTIVO]) is Freno.DETENIDO
    assert mas_estricto([]) is Freno.DETENIDO


@given(st.integers(-(10**13), 10**13))
def test_milisegundos_ida_y_vuelta(epoch_ms):
    assert a_epoch_ms(de_epoch_ms(epoch_ms)) == epoch_ms


def test_saltar_el_reloj_de_pared_no_mueve_los_plazos():
    reloj = RelojManual()
    antes = reloj.ahora()
    reloj.saltar(3600)
    assert (reloj.ahora() - antes, reloj.monotonico()) == (timedelta(hours=1), 0.0)
    reloj.avanzar(5)
    assert reloj.monotonico() == 5.0


def test_dos_relojes_escalados_con_el_mismo_origen_dicen_la_misma_hora():
    uno, otro = (RelojEscalado(50.0, 1_767_225_600_000, 0.0) for _ in range(2))
    assert abs(uno.epoch_ms() - otro.epoch_ms()) < 60_000
    assert uno.ahora() > datetime(2026, 1, 1, tzinfo=UTC)


def test_la_clase_del_error_dice_la_salida():
    assert (ErrorConfiguracion("C", "m").salida, ErrorServicio("S", "m").salida) == (2, 3)
    assert str(ErrorServicio("S-1", "No responde.", "Espere.")) == "[S-1] No responde. Espere."


def test_los_puntos_de_fallo_estan_apagados_hasta_que_una_prueba_los_pide():
    vistos: list[str] = []
    puntos_fallo.pasar("tras_intencion")
    puntos_fallo.instalar(vistos.append)
    try:
        puntos_fallo.pasar("tras_enviando")
    finally:
        puntos_fallo.instalar(None)
    puntos_fallo.pasar("tras_escribir")
    assert vistos == ["tras_enviando"]
