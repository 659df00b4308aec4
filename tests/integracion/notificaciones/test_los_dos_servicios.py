"""``notificar_inicio_operativa`` y ``notificar_stop_loss``: por su nombre, a los dos números del entorno, una vez."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from dominio.reloj import RelojManual
from laboratorio.twilio import ServidorTwilio
from notificaciones.config import ConfigAvisos
from notificaciones.services import notificar_inicio_operativa, notificar_stop_loss
from tests.integracion.notificaciones.conftest import Despachador

pytestmark = pytest.mark.usefixtures("db")
Fabrica = Callable[..., Despachador]
NUMEROS = ["whatsapp:+15005550020", "whatsapp:+15005550021"]


@pytest.fixture
def config(configurar: Callable[..., ConfigAvisos]) -> ConfigAvisos:
    """Los dos números, dichos en el entorno; sin plantillas se ve el texto entero."""
    return configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550020,+15005550021", TIMONEL_TWILIO_PLANTILLA_GENERAL=None)


def _cuerpos(twilio: ServidorTwilio) -> set[str]:
    """Devuelve qué se dijo, tras comprobar que lo mismo llegó una vez a cada número."""
    mensajes = twilio.libro.mensajes
    assert sorted(mensaje.a for mensaje in mensajes) == NUMEROS
    return {mensaje.cuerpo.replace(mensaje.marca or "", "") for mensaje in mensajes}


def test_notificar_inicio_operativa(
    twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    for nuevas in (2, 0):  # con la misma clave no se repite
        assert nuevas == notificar_inicio_operativa(
            "uno", Decimal("1234.5"), entorno="demo", moneda="USD", clave="a", config=config, ahora=reloj.ahora()
        )
    despachador(config).hasta_acabar()
    (dicho,) = _cuerpos(twilio)
    assert "[DEMO] uno" in dicho and "Empieza a operar" in dicho and "1.234,50 USD" in dicho


def test_notificar_stop_loss(
    twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    reanuda_en = reloj.ahora() + timedelta(hours=24)
    for nuevas in (2, 0):
        assert nuevas == notificar_stop_loss(
            "uno", perdida=Decimal("10.1"), pico=Decimal("1010"), balance=Decimal("999.9"), reanuda_en=reanuda_en,
            entorno="simulado", moneda="USD", clave="a", config=config, ahora=reloj.ahora(),
        )  # fmt: skip
    despachador(config).hasta_acabar()
    (dicho,) = _cuerpos(twilio)
    assert "[SIMULADO] uno" in dicho and "stop loss" in dicho
    assert all(cifra in dicho for cifra in ("10,10 USD", "1.010,00 USD", "999,90 USD"))
    assert f"{reanuda_en:%H:%M} UTC" in dicho
