"""R29: por WhatsApp solo se mira, se pausa y se para. Firma falsa, mensaje repetido, otro número e inundación: nada."""

from typing import Any

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from dominio.freno import Freno
from dominio.reloj import RelojManual
from historial.models import OrdenMando
from historial.selectors import frenos
from historial.selectors.frenos import freno_vigente
from historial.services import fijar_freno
from notificaciones import views
from notificaciones.entrantes import PALABRAS, Orden
from notificaciones.models import Aviso, LimiteEntrante, MensajeEntrante
from notificaciones.services.entrantes import FALLOS_PIN, POR_MINUTO
from tests.integracion.notificaciones.conftest import sin_prisa

pytestmark = [pytest.mark.fallos, pytest.mark.django_db]

PUBLICA = "https://timonel.example"
CUENTA = "AC" + "1" * 32
TOKEN = "ficha-de-prueba"
DUENO, OTRO = "+15005550010", "+15005550099"
PIN = "482913"
RUTA = "/avisos/twilio/entrante/"


@pytest.fixture(autouse=True)
def _entorno(db: None, monkeypatch: pytest.MonkeyPatch, reloj: RelojManual) -> None:
    sin_prisa()
    for clave, valor in {
        "TIMONEL_TWILIO_CUENTA": CUENTA,
        "TIMONEL_TWILIO_TOKEN": TOKEN,
        "TIMONEL_URL_PUBLICA": PUBLICA,
        "TIMONEL_WHATSAPP_PERMITIDOS": DUENO,
        "TIMONEL_WHATSAPP_PIN": PIN,
    }.items():
        monkeypatch.setenv(clave, valor)
    monkeypatch.setattr(views, "_reloj", reloj)


class Escribe:
    """Alguien que escribe al remitente; cada mensaje con su MessageSid."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._n = 0

    def __call__(
        self,
        texto: str,
        de: str = DUENO,
        sid: str = "",
        firma: str | None = None,
        url: str = PUBLICA + RUTA,
        **mas: str,
    ) -> Any:
        self._n += 1
        campos = {
            "MessageSid": sid or f"SM{self._n:032x}",
            "AccountSid": CUENTA,
            "From": f"whatsapp:{de}",
            "To": "whatsapp:+15005550006",
            "Body": texto,
            **mas,
        }
        buena = RequestValidator(TOKEN).compute_signature(url, campos)
        return self._client.post(RUTA, campos, headers={"X-Twilio-Signature": buena if firma is None else firma})


@pytest.fixture
def escribe(client: Client) -> Escribe:
    return Escribe(client)


def efectos() -> tuple[Any, ...]:
    """Devuelve todo lo que un mensaje podría haber cambiado."""
    return (freno_vigente(), OrdenMando.objects.count(), Aviso.objects.count(), [f["en"] for f in frenos()])


@pytest.mark.parametrize("texto", ["ESTADO", "PAUSA", f"ALTO {PIN}", "OK", "AYUDA"])
@pytest.mark.parametrize("firma", ["", "YWxnbw==", "no es base64", "A" * 500])
def test_r29_sin_firma_buena_nada(escribe: Escribe, texto: str, firma: str) -> None:
    antes = efectos()
    assert escribe(texto, firma=firma).status_code == 403
    assert efectos() == antes
    assert not MensajeEntrante.objects.exists()


def test_r29_una_firma_de_otra_direccion_o_de_otros_campos_no_vale(escribe: Escribe, client: Client) -> None:
    antes = efectos()
    assert escribe("PAUSA", url="https://otro.example" + RUTA).status_code == 403
    campos = {"MessageSid": "SM" + "0" * 32, "AccountSid": CUENTA, "From": f"whatsapp:{DUENO}", "Body": "ESTADO"}
    firma = RequestValidator(TOKEN).compute_signature(PUBLICA + RUTA, campos)
    cambiada = client.post(RUTA, {**campos, "Body": "PAUSA"}, headers={"X-Twilio-Signature": firma})
    assert cambiada.status_code == 403
    assert escribe("PAUSA", AccountSid="AC" + "2" * 32).status_code == 403
    assert efectos() == antes


@pytest.mark.parametrize("variable", ["TIMONEL_TWILIO_TOKEN", "TIMONEL_URL_PUBLICA"])
def test_r29_sin_configurar_no_hay_puerta(escribe: Escribe, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(variable)
    assert escribe("PAUSA").status_code == 403
    assert freno_vigente() is Freno.ACTIVO


def test_r29_un_mensaje_repetido_no_hace_nada_la_segunda_vez(escribe: Escribe) -> None:
    assert escribe(f"ALTO {PIN}", sid="SM" + "7" * 32).status_code == 200
    assert freno_vigente() is Freno.DETENIDO
    fijar_freno("global", "", Freno.ACTIVO, "reanudado en el panel", "persona", ahora=RelojManual().ahora())
    antes = efectos()
    assert escribe(f"ALTO {PIN}", sid="SM" + "7" * 32).status_code == 403
    assert efectos() == antes
    assert freno_vigente() is Freno.ACTIVO


@pytest.mark.parametrize("texto", ["ESTADO", "PAUSA", f"ALTO {PIN}", "OK"])
def test_r29_otro_numero_no_hace_nada(escribe: Escribe, texto: str) -> None:
    antes = efectos()
    respuesta = escribe(texto, de=OTRO)
    assert respuesta.status_code == 403
    assert respuesta.content == b""
    assert efectos() == antes
    assert OTRO not in str(list(MensajeEntrante.objects.values()))


def test_r29_una_inundacion_se_corta(escribe: Escribe, reloj: RelojManual) -> None:
    estados = [escribe("ESTADO").status_code for _ in range(POR_MINUTO + 20)]
    assert estados == [200] * POR_MINUTO + [429] * 20
    antes = efectos()
    assert escribe("PAUSA").status_code == 429
    assert efectos() == antes
    reloj.avanzar(61)
    assert escribe("ESTADO").status_code == 200
    # La de desconocidos no gasta lo del dueño ni llena la tabla.
    for _ in range(POR_MINUTO + 20):
        escribe("hola", de=OTRO)
    assert escribe("ESTADO").status_code == 200
    assert MensajeEntrante.objects.filter(remitente="desconocido").count() == POR_MINUTO
    assert LimiteEntrante.objects.count() <= 4


def test_r29_pausa_reduce_y_alto_con_pin_detiene_y_pide_el_mando(escribe: Escribe) -> None:
    assert b"PAUSA puesta" in escribe("pausa").content
    assert freno_vigente() is Freno.REDUCIENDO
    assert b"ALTO puesto" in escribe(f"Alto {PIN}").content
    assert freno_vigente() is Freno.DETENIDO
    orden = OrdenMando.objects.get()
    assert (orden.orden, orden.bot, orden.actor) == ("alto", "", "whatsapp:permitido-1")
    assert orden.argumentos == {"ambito": "global", "clave": ""}


def test_r29_pausa_no_afloja_un_alto(escribe: Escribe) -> None:
    escribe(f"ALTO {PIN}")
    assert escribe("PAUSA").status_code == 200
    assert freno_vigente() is Freno.DETENIDO


def test_r29_sin_pin_bueno_no_hay_alto_y_los_intentos_se_acaban(escribe: Escribe, reloj: RelojManual) -> None:
    for n in range(FALLOS_PIN):
        assert escribe(f"ALTO {n:06d}").status_code == 200
    assert freno_vigente() is Freno.ACTIVO
    assert Aviso.objects.filter(tipo="seguridad").exists()
    assert escribe(f"ALTO {PIN}").status_code == 429  # ni con el bueno
    assert freno_vigente() is Freno.ACTIVO
    reloj.avanzar(901)
    assert escribe(f"ALTO {PIN}").status_code == 200
    assert freno_vigente() is Freno.DETENIDO
    assert "482913" not in str(list(MensajeEntrante.objects.values()))


@pytest.mark.parametrize("pin", ["", "12"])
def test_r29_sin_pin_configurado_ninguno_vale(escribe: Escribe, pin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMONEL_WHATSAPP_PIN", pin)
    escribe(f"ALTO {pin or 'x'}")
    assert freno_vigente() is Freno.ACTIVO


def test_r29_ninguna_palabra_reanuda_ni_arranca(escribe: Escribe, reloj: RelojManual) -> None:
    escribe(f"ALTO {PIN}")
    pedidas = OrdenMando.objects.count()
    for texto in (
        *PALABRAS,
        "REANUDAR",
        "reanudar " + PIN,
        "ARRANCAR",
        f"ACTIVO {PIN}",
        "OPERAR",
        "/start",
        "",
        "ñ" * 300,
    ):
        reloj.avanzar(61)
        escribe(texto)
    assert freno_vigente() is Freno.DETENIDO
    assert OrdenMando.objects.count() == pedidas
    assert set(PALABRAS.values()) == set(Orden)


def test_r29_solo_se_admite_post(client: Client) -> None:
    assert client.get(RUTA).status_code == 405
    assert client.get("/avisos/twilio/estado/").status_code == 405
