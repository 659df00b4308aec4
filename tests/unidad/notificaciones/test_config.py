"""La configuración de los avisos: lo malo se rechaza con su nombre y nunca enseña un valor."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dominio.errores import ErrorConfiguracion
from notificaciones.canales import Reaccion
from notificaciones.config import desde_entorno
from notificaciones.errores_twilio import QUE_HACER, REACCIONES, de_entrega, reaccion
from notificaciones.politica import HorasTranquilas, Politica

pytestmark = pytest.mark.rapido
BUENA = {
    "TIMONEL_TWILIO_CUENTA": "AC" + "a" * 32,
    "TIMONEL_TWILIO_TOKEN": "secretisimo",
    "TIMONEL_TWILIO_REMITENTE": "whatsapp:+15005550006",
    "TIMONEL_WHATSAPP_DESTINOS": "+1 (500) 555-0010, whatsapp:+15005550011",
}


def test_los_dos_numeros_y_sus_etiquetas() -> None:
    config = desde_entorno(BUENA)
    assert config.salidas == (("whatsapp", "destino-1"), ("whatsapp", "destino-2"))
    assert config.numero("destino-2") == "+15005550011"
    for mala in ("destino-0", "destino-3", "destino-", "apprise-1", "destino-1x", ""):
        assert config.numero(mala) is None


@pytest.mark.parametrize("falta", sorted(BUENA))
def test_sin_algo_no_hay_whatsapp(falta: str) -> None:
    assert not desde_entorno({k: v for k, v in BUENA.items() if k != falta}).hay_whatsapp


@pytest.mark.parametrize(
    ("variable", "valor", "codigo"),
    [
        ("TIMONEL_TWILIO_CUENTA", "otra", "AVI-01"),
        ("TIMONEL_WHATSAPP_DESTINOS", "5005550010", "AVI-01"),
        ("TIMONEL_WHATSAPP_DESTINOS", "+15005550010,+15005550010", "AVI-01"),
        ("TIMONEL_WHATSAPP_PERMITIDOS", "todos", "AVI-01"),
        ("TIMONEL_TWILIO_REMITENTE", "yo", "AVI-01"),
        ("TIMONEL_TWILIO_PLANTILLA_GENERAL", "HX1", "AVI-01"),
        ("TIMONEL_TWILIO_PLANTILLA_STOPLOS", "HX" + "a" * 32, "AVI-01"),
        ("TIMONEL_HORAS_TRANQUILAS", "25-7", "AVI-01"),
        ("TIMONEL_HORAS_TRANQUILAS", "22-7 Marte/Olimpo", "AVI-01"),
        ("TIMONEL_TWILIO_URL", "https://api.twi1io.com", "AVI-02"),
        ("TIMONEL_TWILIO_URL", "http://api.twilio.com", "AVI-02"),
        ("TIMONEL_TWILIO_URL", "https://a:b@api.twilio.com", "AVI-02"),
        ("TIMONEL_TWILIO_URL", "ftp://127.0.0.1", "AVI-02"),
    ],
)
def test_lo_malo_se_rechaza_sin_ensenarlo(variable: str, valor: str, codigo: str) -> None:
    with pytest.raises(ErrorConfiguracion) as motivo:
        desde_entorno({**BUENA, variable: valor})
    assert motivo.value.codigo == codigo
    if codigo == "AVI-01":
        assert valor not in str(motivo.value)


def test_una_direccion_propia_se_nombra_a_proposito() -> None:
    url = {"TIMONEL_TWILIO_URL": "https://twilio.casa"}
    with pytest.raises(ErrorConfiguracion):
        desde_entorno({**BUENA, **url})
    config = desde_entorno({**BUENA, **url, "TIMONEL_HOSTS_PERMITIDOS": "otro, twilio.casa"})
    assert not config.es_laboratorio
    assert desde_entorno({**BUENA, "TIMONEL_TWILIO_URL": "http://127.0.0.1:9"}).es_laboratorio


def test_los_secretos_no_se_imprimen_y_pueden_venir_de_un_fichero(tmp_path: Path) -> None:
    fichero = tmp_path / "token"
    fichero.write_text("del-fichero\n", encoding="utf-8")
    sin = {k: v for k, v in BUENA.items() if k != "TIMONEL_TWILIO_TOKEN"}
    config = desde_entorno({**sin, "TIMONEL_TWILIO_TOKEN_FILE": str(fichero), "TIMONEL_WHATSAPP_PIN": "482913"})
    assert config.token.get_secret_value() == "del-fichero"
    for secreto in ("del-fichero", "482913", "5005550010"):
        assert secreto not in repr(config)
    with pytest.raises(ErrorConfiguracion) as motivo:
        desde_entorno({**sin, "TIMONEL_TWILIO_TOKEN_FILE": str(tmp_path / "no")})
    assert motivo.value.codigo == "AVI-03"


@pytest.mark.parametrize(
    ("momento", "salida"),
    [
        (datetime(2026, 3, 2, 2, 59, tzinfo=UTC), datetime(2026, 3, 2, 2, 59, tzinfo=UTC)),  # 21:59 en Bogotá
        (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),  # 22:00
        (datetime(2026, 3, 2, 11, 59, tzinfo=UTC), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),  # 06:59
        (datetime(2026, 3, 2, 12, 0, tzinfo=UTC), datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),  # 07:00
    ],
)
def test_las_horas_tranquilas_cruzan_la_medianoche(momento: datetime, salida: datetime) -> None:
    assert HorasTranquilas(22 * 60, 7 * 60).salida(momento, ZoneInfo("America/Bogota")) == salida


def test_un_tramo_vacio_no_calla_nada() -> None:
    momento = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    assert HorasTranquilas(600, 600).salida(momento, ZoneInfo("UTC")) == momento


def test_el_retroceso_se_dobla_hasta_su_maximo() -> None:
    politica = Politica(retroceso_s=2.0, retroceso_max_s=20.0)
    assert [politica.retroceso(n) for n in (1, 2, 3, 4, 5, 1000)] == [2.0, 4.0, 8.0, 16.0, 20.0, 20.0]


@pytest.mark.parametrize(("limpias", "segundos", "si"), [(1, 100, False), (2, 19, False), (2, 20, True), (0, 0, False)])
def test_solo_se_repite_tras_buscar_bastante(limpias: int, segundos: float, si: bool) -> None:
    assert Politica().puede_repetirse(limpias, segundos) is si


@pytest.mark.parametrize(
    ("codigo", "estado", "esperada"),
    [
        (20003, 401, Reaccion.PARAR),
        (20429, 429, Reaccion.RETROCEDER),
        (63018, 429, Reaccion.RETROCEDER),
        (63016, 400, Reaccion.PLANTILLA),
        (21211, 400, Reaccion.CONFIGURACION),
        (63007, 400, Reaccion.CONFIGURACION),
        (21608, 400, Reaccion.DESTINATARIO),
        (21610, 400, Reaccion.DESTINATARIO),
        (63015, 400, Reaccion.DESTINATARIO),
        (99999, 400, Reaccion.CONFIGURACION),
        (99999, 429, Reaccion.RETROCEDER),
        (99999, 401, Reaccion.PARAR),
        (503, 503, Reaccion.BUSCAR),
        (502, 502, Reaccion.BUSCAR),
        (408, 408, Reaccion.BUSCAR),
        (None, None, Reaccion.BUSCAR),
    ],
)
def test_cada_codigo_dice_que_hacer(codigo: int | None, estado: int | None, esperada: Reaccion) -> None:
    assert reaccion(codigo, estado) is esperada


def test_cada_reaccion_dice_algo_a_la_persona() -> None:
    assert set(QUE_HACER) == set(Reaccion)
    assert set(REACCIONES.values()) <= set(Reaccion)
    assert de_entrega(None) is Reaccion.DESTINATARIO
