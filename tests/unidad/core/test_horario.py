"""La próxima ocurrencia de una hora local, cambios de hora incluidos."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.horario import hora_local, proxima_entrada, ventana

pytestmark = pytest.mark.rapido
BOGOTA = ZoneInfo("America/Bogota")
NUEVA_YORK = ZoneInfo("America/New_York")
momentos = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2028, 1, 1)).map(
    lambda momento: momento.replace(tzinfo=UTC)
)


@given(momentos, st.integers(0, 23), st.sampled_from([BOGOTA, NUEVA_YORK, ZoneInfo("Europe/Madrid"), UTC]))
def test_la_entrada_cae_en_su_hora_o_justo_tras_el_salto(ahora, hora, zona):
    entrada = proxima_entrada(ahora, hora, zona)
    assert ahora <= entrada <= ahora + timedelta(hours=25)
    assert hora_local(entrada, zona) in (hora, (hora + 1) % 24)
    if hora_local(entrada, zona) != hora:
        inicio, _ = ventana(entrada.astimezone(zona), hora, zona)
        assert inicio <= entrada


@given(momentos, st.integers(0, 23))
def test_sin_cambios_de_hora_siempre_es_la_hora_pedida(ahora, hora):
    assert hora_local(proxima_entrada(ahora, hora, BOGOTA), BOGOTA) == hora


def test_en_curso_con_diez_minutos_entra_ya_y_con_nueve_espera_a_manana():
    ahora = datetime(2026, 3, 2, 14, 50, tzinfo=UTC)  # 09:50 en Bogotá
    assert proxima_entrada(ahora, 9, BOGOTA) == ahora
    tarde = ahora + timedelta(minutes=1)
    assert proxima_entrada(tarde, 9, BOGOTA) == datetime(2026, 3, 3, 14, tzinfo=UTC)


def test_una_hora_repetida_es_una_sola_de_dos_horas():
    inicio, fin = ventana(datetime(2026, 11, 1, 12, tzinfo=NUEVA_YORK), 1, NUEVA_YORK)
    assert fin - inicio == timedelta(hours=2)
    segunda = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # la segunda 01:30
    assert proxima_entrada(segunda, 1, NUEVA_YORK) == segunda


def test_una_hora_inexistente_empieza_tras_el_salto():
    ahora = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)
    assert proxima_entrada(ahora, 2, NUEVA_YORK) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
