"""El OpenAPI oficial de Twilio acepta cada petición que enviamos, y cada respuesta del laboratorio."""

from collections.abc import Callable, Iterator

import pytest

from dominio.reloj import RelojManual
from laboratorio.twilio import ServidorTwilio
from laboratorio.twilio import nombres_fallos as fallos
from notificaciones.config import ConfigAvisos
from notificaciones.services import consultar_entregas, encolar_avisos
from tests import esquemas_twilio
from tests.integracion.notificaciones.conftest import Despachador, nuevo
from tests.rutas import o_saltar

pytestmark = [pytest.mark.esquemas, pytest.mark.django_db]
Fabrica = Callable[..., Despachador]
Configurar = Callable[..., ConfigAvisos]


@pytest.fixture
def registro(twilio: ServidorTwilio) -> Iterator[esquemas_twilio.Registro]:
    """Mira todo lo que pasa por el laboratorio y, al acabar, exige que encaje."""
    o_saltar(esquemas_twilio.FICHERO)
    registro = esquemas_twilio.Registro(twilio.cuenta)
    twilio.espia = registro.anotar
    yield registro
    twilio.espia = None
    registro.exigir_limpio()


@pytest.mark.parametrize("publica", [None, "https://timonel.example"])
@pytest.mark.parametrize("plantilla", [True, False])
def test_crear_listar_y_leer(
    plantilla: bool,
    publica: str | None,
    registro: esquemas_twilio.Registro,
    twilio: ServidorTwilio,
    configurar: Configurar,
    despachador: Fabrica,
    reloj: RelojManual,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notificaciones.canales.whatsapp.PAGINA", 2)
    twilio.avisar = False
    propia = "HX" + "0" * 31 + "1" if plantilla else None
    config = configurar(TIMONEL_URL_PUBLICA=publica, TIMONEL_TWILIO_PLANTILLA_STOP_LOSS=propia)
    uno = despachador(config)
    encolar_avisos([nuevo(f"a{n}", reloj) for n in range(4)], config, ahora=reloj.ahora())
    uno.pasar(limite=6)
    twilio.fallos.programar(fallos.CORTE_ANTES)  # se busca en todas las páginas y no está
    twilio.fallos.programar(fallos.LISTA_503)
    uno.hasta_acabar()
    reloj.avanzar(31)
    consultar_entregas(uno.canales, config, ahora=reloj.ahora())
    assert registro.cuentas["enviado", "POST Messages"] == 9
    assert registro.cuentas["recibido", "POST Messages"] == 8
    assert registro.cuentas["recibido", "GET Messages"] >= 4  # dos búsquedas de más de una página
    assert registro.cuentas["recibido", "GET Messages/{Sid}"] == 8


@pytest.mark.parametrize("fallo", fallos.DESPUES)
def test_lo_que_falla_despues_tambien_encaja(
    fallo: str,
    registro: esquemas_twilio.Registro,
    twilio: ServidorTwilio,
    configurar: Configurar,
    despachador: Fabrica,
    reloj: RelojManual,
) -> None:
    twilio.fallos.programar(fallo)
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    reloj.avanzar(31)
    assert consultar_entregas(uno.canales, config, ahora=reloj.ahora()) == 1
    assert registro.cuentas["recibido", "GET Messages/{Sid}"] == 1


def test_el_comprobador_ve_lo_que_no_encaja() -> None:
    o_saltar(esquemas_twilio.FICHERO)
    malos = [
        ("enviado", "POST Messages", {"From": "whatsapp:+15005550006", "Body": "sin destino"}),
        ("enviado", "POST Messages", {"To": "whatsapp:+15005550006", "Inventado": "x"}),
        ("enviado", "POST Messages", {"To": "whatsapp:+15005550006", "ContentSid": "HX1"}),
        ("enviado", "GET Messages", {"PageSize": "5000"}),
        ("enviado", "GET Messages", {"Orden": "asc"}),
        ("enviado", "GET Messages/{Sid}", {"Sid": "XX1"}),
        ("recibido", "POST Messages", {"status": "volando"}),
        ("recibido", "POST Messages", {"date_created": "ayer"}),
    ]
    for malo in malos:
        registro = esquemas_twilio.Registro("AC" + "0" * 32)
        registro.anotar(*malo)
        esquemas_twilio.TOTALES[malo[0], "twilio", malo[1]] -= 1
        with pytest.raises(AssertionError):
            registro.exigir_limpio()
