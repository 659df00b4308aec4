"""Las piezas del historial que no necesitan base: celdas, intervalo de Wilson, JSON canónico y dinero exacto."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dominio.errores import ErrorPermanente
from dominio.instrumentos import Sede
from historial.csv_operaciones import celda
from historial.models.campos import exigir_exacto
from historial.selectors.operaciones import wilson
from historial.services.registro import canonico, resumir

pytestmark = pytest.mark.rapido


@pytest.mark.parametrize(
    ("valor", "escrito"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (-0.35, "-0.35"),
        (Decimal("-10.00000000"), "-10"),
        (Decimal("0E-8"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("92.1234500000"), "92.12345"),
        (datetime(2026, 3, 1, 5, 0, tzinfo=timezone(-timedelta(hours=5))), "2026-03-01T10:00:00Z"),
        (datetime(2026, 3, 1, 10, 0, 0, 5, tzinfo=UTC), "2026-03-01T10:00:00.000005Z"),
        (Sede.DERIV, "deriv"),
        ("normal = 1", "normal = 1"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
    ],
)
def test_cada_valor_se_escribe_con_su_tipo(valor: object, escrito: str) -> None:
    assert celda(valor) == escrito


@given(st.text())
def test_ningun_texto_llega_como_formula_y_se_puede_recuperar(texto: str) -> None:
    salida = io.StringIO()
    csv.writer(salida).writerow([celda(texto)])
    (fila,) = csv.reader(io.StringIO(salida.getvalue(), newline=""))
    leido = fila[0] if fila else ""
    assert not leido.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert leido in (texto, "'" + texto)


@given(st.integers(0, 400), st.integers(0, 400))
def test_el_intervalo_de_wilson_es_el_de_scipy(ganadas: int, perdidas: int) -> None:
    if ganadas + perdidas == 0:
        assert wilson(0, 0) == (0.0, 1.0)
        return
    bajo, alto = wilson(ganadas, ganadas + perdidas)
    suyo = binomtest(ganadas, ganadas + perdidas).proportion_ci(0.95, "wilson")
    assert (bajo, alto) == pytest.approx((suyo.low, suyo.high), abs=1e-9)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none(), max_size=6))
def test_el_json_canonico_no_depende_del_orden(datos: dict[str, object]) -> None:
    al_reves = dict(reversed(list(datos.items())))
    assert canonico(datos) == canonico(al_reves)


def test_dos_eslabones_que_solo_reparten_distinto_el_texto_no_se_resumen_igual() -> None:
    en = datetime(2026, 1, 1, tzinfo=UTC)
    uno = resumir("a", 1, en, "xy", "z", "", "{}", "0")
    otro = resumir("a", 1, en, "x", "yz", "", "{}", "0")
    assert uno != otro


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13))
def test_lo_que_se_admite_como_dinero_sobrevive_a_un_numero_con_coma(importe: Decimal) -> None:
    try:
        exigir_exacto(importe)
    except ErrorPermanente:
        return
    vuelta = Decimal(f"{float(importe):.15g}")
    assert vuelta.quantize(Decimal("1e-8")) == importe
