"""Los días imposibles en el filtro de operaciones: se señalan; no son un fallo de la página ni de la descarga."""

import pytest

from dashboard.pagina.operaciones.forms import FormularioFiltros

pytestmark = [pytest.mark.bd, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("campo", "dia", "zona"),
    [
        ("hasta", "9999-12-31", "UTC"),
        ("hasta", "9999-12-30", "America/Bogota"),
        ("desde", "9999-12-31", "America/Bogota"),
        ("desde", "0001-01-01", "Asia/Tokyo"),
    ],
)
def test_un_dia_fuera_del_calendario_se_senala_y_no_filtra(campo: str, dia: str, zona: str) -> None:
    formulario = FormularioFiltros({campo: dia, "zona": zona})
    assert formulario.condiciones() == {"origen": "orden", "ficticia": False}
    assert campo in formulario.errors


def test_un_dia_normal_filtra_desde_su_medianoche_local() -> None:
    condiciones = FormularioFiltros({"desde": "2026-01-02", "zona": "America/Bogota"}).condiciones()
    assert condiciones["hora_inicio__gte"].isoformat() == "2026-01-02T05:00:00+00:00"
