"""Lo que la cuenta cuenta de un mensaje: firmado, por la red, repetido o desordenado; y lo que se le pregunta."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve

from dominio.reloj import RelojManual
from laboratorio.twilio import ServidorTwilio, TwilioEnHilo
from laboratorio.twilio import nombres_fallos as fallos
from notificaciones import views
from notificaciones.canales import Hallazgo
from notificaciones.config import ConfigAvisos
from notificaciones.models import Aviso
from notificaciones.services import anotar_entrega, consultar_entregas, encolar_avisos
from tests.integracion.notificaciones.conftest import Despachador, nuevo

Fabrica = Callable[..., Despachador]


@pytest.fixture
def publica(live_server: Any, twilio: ServidorTwilio, monkeypatch: pytest.MonkeyPatch, reloj: RelojManual) -> str:
    """El panel de verdad, escuchando; devuelve su dirección pública."""
    for clave, valor in twilio.variables("+15005550010").items():
        monkeypatch.setenv(clave, valor)
    monkeypatch.setenv("TIMONEL_URL_PUBLICA", live_server.url)
    monkeypatch.setattr(views, "_reloj", reloj)
    resolve("/avisos/twilio/estado/")  # la primera petición carga todas las páginas: que no sea la que se mide
    return str(live_server.url)


def _enviar(
    configurar: Callable[..., ConfigAvisos], despachador: Fabrica, reloj: RelojManual, publica: str = ""
) -> Despachador:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010", TIMONEL_URL_PUBLICA=publica or None)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    return uno


@pytest.mark.parametrize("fallo", [None, fallos.AVISO_REPETIDO, fallos.AVISO_DESORDENADO])
def test_los_avisos_firmados_llevan_el_mensaje_a_leido(
    fallo: str | None,
    publica: str,
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    despachador: Fabrica,
    reloj: RelojManual,
) -> None:
    twilio.entrega_s = (0.0, 0.0, 0.0)
    if fallo:
        twilio.fallos.programar(fallo)
    _enviar(configurar, despachador, reloj, publica)
    assert set(twilio.entregas.respuestas) == {204}
    assert len(twilio.entregas.respuestas) == (4 if fallo == fallos.AVISO_REPETIDO else 3)
    aviso = Aviso.objects.get()
    assert (aviso.estado, aviso.sid) == ("leido", twilio.libro.mensajes[0].sid)


def test_el_aviso_de_un_corte_aclara_la_suerte_sin_buscar(
    publica: str,
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    despachador: Fabrica,
    reloj: RelojManual,
) -> None:
    twilio.fallos.programar(fallos.CORTE_TRAS)
    _enviar(configurar, despachador, reloj, publica)
    assert Aviso.objects.get().estado in ("entregado", "desconocido")
    reloj.avanzar(3)
    peticiones = twilio.peticiones
    if Aviso.objects.get().estado == "entregado":
        assert despachador(configurar()).pasar().total == 0
        assert twilio.peticiones == peticiones


def test_63016_por_aviso_sale_por_plantilla(
    publica: str,
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    despachador: Fabrica,
    reloj: RelojManual,
) -> None:
    twilio.ventana = True
    uno = _enviar(configurar, despachador, reloj, publica)
    aviso = Aviso.objects.get()
    assert (aviso.estado, aviso.por_plantilla, aviso.codigo_error) == ("pendiente", True, "63016")
    uno.pasar()
    assert Aviso.objects.get().estado == "entregado"
    assert twilio.libro.repetidos() == 0


def test_contestar_por_whatsapp_llega_y_responde(
    publica: str, hilo: TwilioEnHilo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMONEL_WHATSAPP_PERMITIDOS", "+15005550010")
    url = f"{publica}/avisos/twilio/entrante/"
    estado, twiml = hilo.hacer(hilo.servidor.entregas.recibir("+15005550010", "ESTADO", url))
    assert estado == 200
    assert "Freno: ninguno." in twiml
    assert hilo.hacer(hilo.servidor.entregas.recibir("+15005550011", "ESTADO", url)) == (403, "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("antes", "dice", "despues"),
    [
        ("entregado", "sent", "entregado"),
        ("leido", "delivered", "leido"),
        ("leido", "failed", "leido"),
        ("entregado", "undelivered", "entregado"),
        ("aceptado", "queued", "aceptado"),
        ("aceptado", "inventado", "aceptado"),
        ("fallido", "delivered", "fallido"),
        ("descartado", "delivered", "descartado"),
        ("aceptado", "delivered", "entregado"),
        ("aceptado", "read", "leido"),
        ("aceptado", "failed", "fallido"),
        ("desconocido", "sent", "aceptado"),
        ("enviando", "delivered", "entregado"),
    ],
)
def test_un_estado_nunca_retrocede(
    antes: str, dice: str, despues: str, config: ConfigAvisos, reloj: RelojManual
) -> None:
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    aviso = Aviso.objects.order_by("pk")[0]
    sid = "" if antes in ("desconocido", "enviando") else "SM1"
    Aviso.objects.filter(pk=aviso.pk).update(estado=antes, sid=sid)
    for _ in range(2):  # contarlo dos veces no cambia nada
        anotar_entrega(aviso.marca, Hallazgo(sid="SM1", estado=dice), config, ahora=reloj.ahora())
    aviso.refresh_from_db()
    assert aviso.estado == despues
    assert Aviso.objects.exclude(pk=aviso.pk).get().estado == "pendiente"


@pytest.mark.django_db
def test_sin_direccion_publica_se_pregunta_y_se_deja_de_preguntar(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], despachador: Fabrica, reloj: RelojManual
) -> None:
    uno = _enviar(configurar, despachador, reloj)
    assert consultar_entregas(uno.canales, uno.config, ahora=reloj.ahora()) == 0  # aún no toca
    reloj.avanzar(31)
    assert consultar_entregas(uno.canales, uno.config, ahora=reloj.ahora()) == 1
    assert Aviso.objects.get().estado == "entregado"
    Aviso.objects.update(estado="aceptado")
    twilio.libro.mensajes[0].estado = "sent"
    for _ in range(10):
        reloj.avanzar(4000)
        consultar_entregas(uno.canales, uno.config, ahora=reloj.ahora())
    assert Aviso.objects.get().consultas == 3
