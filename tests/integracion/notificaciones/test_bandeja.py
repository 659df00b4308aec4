"""La bandeja: horas tranquilas, insistencia hasta el acuse, segundo canal y lo que deja de hacer falta."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dominio.errores import ErrorUsuario
from dominio.reloj import RelojManual
from historial.models import Evento
from laboratorio.twilio import ServidorTwilio
from laboratorio.twilio import nombres_fallos as fallos
from notificaciones import selectors
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.models import Aviso
from notificaciones.politica import Politica
from notificaciones.services import acusar, acusar_todo, encolar_avisos, repetir_sin_acuse, resolver_asunto
from notificaciones.tipos import Urgencia
from tests.integracion.notificaciones.conftest import Despachador, nuevo

pytestmark = pytest.mark.django_db
Fabrica = Callable[..., Despachador]
Configurar = Callable[..., ConfigAvisos]
UNO = "+15005550010"


@pytest.fixture
def buzon() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Un buzón de Apprise de verdad (json://): su dirección y lo que le llega."""
    recibidos: list[dict[str, Any]] = []

    class Buzon(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            cuerpo = self.rfile.read(int(self.headers["Content-Length"]))
            recibidos.append(json.loads(cuerpo))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    servidor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Buzon)
    hilo = threading.Thread(target=servidor.serve_forever, daemon=True)
    hilo.start()
    yield f"json://127.0.0.1:{servidor.server_port}", recibidos
    servidor.shutdown()
    servidor.server_close()


def test_lo_urgente_se_repite_hasta_que_alguien_acusa(
    twilio: ServidorTwilio, configurar: Configurar, despachador: Fabrica, reloj: RelojManual
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO)
    encolar_avisos([nuevo("a", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    assert repetir_sin_acuse(ahora=reloj.ahora()) == 0
    for n, espera in enumerate((300, 900, 1800), 2):
        reloj.avanzar(espera - 1)
        assert repetir_sin_acuse(ahora=reloj.ahora()) == 0
        reloj.avanzar(1)
        assert repetir_sin_acuse(ahora=reloj.ahora()) == 1
        assert repetir_sin_acuse(ahora=reloj.ahora()) == 0
        uno.pasar()
        assert len(twilio.libro.mensajes) == n
        assert f"(aviso {n})" in twilio.libro.mensajes[-1].cuerpo
    assert selectors.sin_acusar() == 1
    assert acusar("a", "persona", ahora=reloj.ahora()) == 4
    assert acusar("a", "persona", ahora=reloj.ahora()) == 0
    reloj.avanzar(86_400)
    assert repetir_sin_acuse(ahora=reloj.ahora()) == 0
    assert selectors.sin_acusar() == 0
    assert twilio.libro.repetidos() == 0  # cada repetición lleva su marca


def test_la_insistencia_se_acaba(configurar: Configurar, despachador: Fabrica, reloj: RelojManual) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO)
    politica = Politica(repetir_s=(10.0,), repeticiones_max=3)
    encolar_avisos([nuevo("a", reloj, Urgencia.YA)], config, ahora=reloj.ahora(), politica=politica)
    uno = despachador(config)
    for _ in range(10):
        uno.pasar()
        reloj.avanzar(10)
        repetir_sin_acuse(ahora=reloj.ahora(), politica=politica)
    assert Aviso.objects.count() == 4


def test_lo_que_aun_no_salio_no_se_repite(configurar: Configurar, reloj: RelojManual) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO)
    encolar_avisos([nuevo("a", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    reloj.avanzar(301)
    assert repetir_sin_acuse(ahora=reloj.ahora()) == 0


def test_lo_que_no_urge_no_se_repite(config: ConfigAvisos, despachador: Fabrica, reloj: RelojManual) -> None:
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    despachador(config).pasar()
    reloj.avanzar(100_000)
    assert repetir_sin_acuse(ahora=reloj.ahora()) == 0
    assert acusar_todo("x", ahora=reloj.ahora()) == 0


def test_las_horas_tranquilas_retrasan_lo_que_no_urge(
    twilio: ServidorTwilio, configurar: Configurar, despachador: Fabrica, reloj: RelojManual
) -> None:
    # El reloj de las pruebas empieza a las 00:00 UTC: las 19:00 en Bogotá.
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO, TIMONEL_HORAS_TRANQUILAS="18:30-7")
    encolar_avisos([nuevo("a", reloj), nuevo("b", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    assert [m.marca for m in twilio.libro.mensajes] == [Aviso.objects.get(clave="b").marca]
    reloj.avanzar(12 * 3600 - 1)
    assert uno.pasar().total == 0
    reloj.avanzar(1)
    assert uno.pasar().aceptados == 1


def test_lo_urgente_va_por_los_dos_canales(
    twilio: ServidorTwilio,
    configurar: Configurar,
    despachador: Fabrica,
    reloj: RelojManual,
    buzon: tuple[str, list[dict[str, Any]]],
) -> None:
    direccion, recibidos = buzon
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO, TIMONEL_APPRISE_URLS=direccion)
    encolar_avisos([nuevo("a", reloj), nuevo("b", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    despachador(config).pasar()
    assert len(twilio.libro.mensajes) == 2
    assert [r["type"] for r in recibidos] == ["warning"]
    assert Aviso.objects.get(canal="apprise").cuerpo == recibidos[0]["message"]


@pytest.mark.parametrize("fallo", [fallos.BAJA, fallos.CREDENCIALES])
def test_lo_que_el_primer_canal_no_puede_sale_por_el_segundo(
    fallo: str,
    twilio: ServidorTwilio,
    configurar: Configurar,
    despachador: Fabrica,
    reloj: RelojManual,
    buzon: tuple[str, list[dict[str, Any]]],
) -> None:
    direccion, recibidos = buzon
    twilio.fallos.programar(fallo)
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO, TIMONEL_APPRISE_URLS=direccion)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    assert recibidos == []
    uno.pasar()
    assert len(recibidos) == 1
    uno.pasar()
    assert len(recibidos) == 1


def test_sin_ningun_canal_queda_escrito_y_lo_dice(reloj: RelojManual) -> None:
    nadie = desde_entorno({})
    assert encolar_avisos([nuevo("a", reloj, Urgencia.YA)], nadie, ahora=reloj.ahora()) == 1
    aviso = Aviso.objects.get()
    assert (aviso.canal, aviso.estado, aviso.codigo_error) == ("panel", "descartado", "SIN-CANAL")
    assert selectors.sin_acusar() == 1
    assert repetir_sin_acuse(ahora=reloj.ahora()) == 0


def test_lo_resuelto_antes_de_salir_no_sale(
    twilio: ServidorTwilio, config: ConfigAvisos, despachador: Fabrica, reloj: RelojManual
) -> None:
    avisos = [nuevo("a", reloj, Urgencia.YA, asunto="orden:1", esperar_s=60.0), nuevo("b", reloj)]
    encolar_avisos(avisos, config, ahora=reloj.ahora())
    uno = despachador(config)
    assert uno.pasar().aceptados == 2  # solo «b»
    assert resolver_asunto("orden:1", "se aclaró", ahora=reloj.ahora()) == 2
    reloj.avanzar(61)
    assert uno.pasar().total == 0
    assert set(Aviso.objects.filter(clave="a").values_list("estado", "codigo_error")) == {("descartado", "RESUELTO")}


def test_lo_que_se_acusa_estando_en_duda_no_se_reenvia(
    twilio: ServidorTwilio, configurar: Configurar, despachador: Fabrica, reloj: RelojManual
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS=UNO)
    twilio.fallos.programar(fallos.CORTE_ANTES)
    encolar_avisos([nuevo("a", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    acusar("a", "panel", ahora=reloj.ahora())
    uno.hasta_acabar()
    assert twilio.libro.mensajes == []
    assert Aviso.objects.get().estado == "descartado"


def test_cada_aviso_nuevo_se_publica_una_vez(config: ConfigAvisos, reloj: RelojManual) -> None:
    for _ in range(2):
        encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    assert list(Evento.objects.values_list("flujo", "tipo")) == [("avisos", "aviso")]


def test_acusar_lo_que_no_existe_se_dice(reloj: RelojManual) -> None:
    with pytest.raises(ErrorUsuario) as motivo:
        acusar("nada", "persona", ahora=reloj.ahora())
    assert motivo.value.codigo == "AVI-10"
