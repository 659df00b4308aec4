"""Los números, el dinero y los tiempos se escriben igual en todas partes."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dashboard.presentacion import formatos

pytestmark = pytest.mark.rapido
DURO, MENOS = "\u00a0", "\u2212"


@pytest.mark.parametrize(
    ("importe", "moneda", "idioma", "escrito"),
    [
        (Decimal("10000"), "USD", "es", f"10.000,00{DURO}US$"),
        (Decimal("-1234567.891"), "USD", "es", f"{MENOS}1.234.567,89{DURO}US$"),
        (Decimal("10000"), "USD", "en", "US$10,000.00"),
        (Decimal("-5.5"), "USD", "en", f"{MENOS}US$5.50"),
        ("0.00012345", "BTC", "es", f"0,00012345{DURO}BTC"),
        (None, "USD", "es", "—"),
        ("", "USD", "es", "—"),
        (Decimal("-0.001"), "USD", "es", f"0,00{DURO}US$"),
    ],
)
def test_dinero(importe: Decimal | str | None, moneda: str, idioma: str, escrito: str) -> None:
    assert formatos.dinero(importe, moneda, idioma) == escrito


def test_el_signo_va_siempre_escrito_salvo_en_el_cero() -> None:
    assert formatos.dinero(Decimal("1.25"), "USD", con_signo=True) == f"+1,25{DURO}US$"
    assert formatos.dinero(Decimal("-1.25"), "USD", con_signo=True) == f"{MENOS}1,25{DURO}US$"
    assert formatos.dinero(Decimal(0), "USD", con_signo=True) == f"0,00{DURO}US$"


def test_porcentaje_y_numero() -> None:
    assert formatos.porcentaje(51.28) == f"51,3{DURO}%"
    assert formatos.porcentaje(51.28, idioma="en") == "51.3%"
    assert formatos.numero(12345) == "12.345"
    assert formatos.porcentaje(None) == "—"


@pytest.mark.parametrize(
    ("segundos", "escrito"),
    [(45, "45_s"), (725, "12_min 05_s"), (7500, "2_h 05_min"), (273600, "3_d 4_h"), (-3, "0_s")],
)
def test_duracion(segundos: int, escrito: str) -> None:
    assert formatos.duracion(segundos) == escrito.replace("_", DURO)


@pytest.mark.parametrize(("segundos", "escrito"), [(86347, "23:59:07"), (245, "04:05"), (-1, "00:00"), (None, "—")])
def test_cuenta_atras(segundos: int | None, escrito: str) -> None:
    assert formatos.cuenta_atras(segundos) == escrito


def test_el_tono_sigue_al_signo() -> None:
    assert [formatos.tono(valor) for valor in (Decimal("0.01"), "-3", 0, None)] == ["sube", "baja", "igual", "igual"]


def test_un_precio_conserva_sus_cifras() -> None:
    assert formatos.precio("1008.41") == "1.008,41"
    assert formatos.precio(Decimal("0.123450000")) == "0,12345"
    assert formatos.precio("1200") == "1.200,00"


def test_iso_lee_texto_o_momento() -> None:
    momento = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
    assert formatos.iso(momento) == "2026-03-10T15:00:00.000Z"
    assert formatos.iso("2026-03-10T10:00:00-05:00") == "2026-03-10T15:00:00.000Z"
