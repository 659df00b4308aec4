"""Un mensaje por suceso y destinatario, pase lo que pase por el camino. El oráculo es el libro de la cuenta."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from dominio.reloj import RelojManual
from laboratorio.twilio import ServidorTwilio
from laboratorio.twilio import nombres_fallos as fallos
from notificaciones.config import ConfigAvisos
from notificaciones.models import Aviso, CanalAvisos
from notificaciones.politica import Politica
from notificaciones.services import encolar_avisos
from notificaciones.tipos import Urgencia
from tests.integracion.notificaciones.conftest import Despachador, nuevo

Fabrica = Callable[..., Despachador]
pytestmark = pytest.mark.usefixtures("db")
# Sin dormir: el plazo del SDK es corto y la cuenta tarda más que él.
PLAZO_S = 0.3


def exigir_uno_a_cada_uno(twilio: ServidorTwilio, sucesos: int = 1) -> None:
    """Cada suceso llegó exactamente una vez a cada uno de los dos destinatarios."""
    assert twilio.libro.repetidos() == 0
    assert len(twilio.libro.llegados()) == 2 * sucesos


def test_un_aviso_sale_una_vez_a_cada_destinatario(
    twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    assert encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora()) == 2
    assert encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora()) == 0
    uno = despachador(config)
    assert uno.pasar().aceptados == 2
    assert uno.pasar().total == 0
    exigir_uno_a_cada_uno(twilio)
    assert {m.a for m in twilio.libro.mensajes} == {"whatsapp:+15005550010", "whatsapp:+15005550011"}
    assert set(Aviso.objects.values_list("estado", "destino")) == {("aceptado", "destino-1"), ("aceptado", "destino-2")}


def test_los_numeros_no_se_guardan(config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica) -> None:
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    despachador(config).pasar()
    for fila in Aviso.objects.values():
        assert "5005550" not in str(fila)


@pytest.mark.parametrize("fallo", fallos.PASAJEROS)
def test_tras_un_fallo_pasajero_llega_una_vez(
    fallo: str,
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    reloj: RelojManual,
    despachador: Fabrica,
) -> None:
    config = configurar().model_copy(update={"plazo_s": PLAZO_S})
    retrasos = {fallos.LISTA_TARDE: 8.0, fallos.LLEGADA_TARDIA: 0.05, fallos.PLAZO_TRAS: PLAZO_S + 0.5}
    twilio.fallos.programar(fallo, 1, **({"segundos": retrasos[fallo]} if fallo in retrasos else {}))
    if fallo == fallos.LISTA_TARDE:  # solo importa si además se perdió la respuesta
        twilio.fallos.programar(fallos.CORTE_TRAS)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.hasta_acabar()
    _contar_lo_que_fallo_despues(uno, config, reloj)
    assert twilio.fallos.cuentas[fallo] == 1
    exigir_uno_a_cada_uno(twilio)


def _contar_lo_que_fallo_despues(uno: Despachador, config: ConfigAvisos, reloj: RelojManual) -> None:
    """Pregunta por las entregas, como cuando no hay dirección pública, y envía lo que haya que enviar otra vez."""
    from notificaciones.services import consultar_entregas

    reloj.avanzar(31)
    consultar_entregas(uno.canales, config, ahora=reloj.ahora())
    uno.hasta_acabar()


def test_lo_que_se_perdio_antes_de_llegar_se_repite_solo_tras_buscarlo(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.fallos.programar(fallos.CORTE_ANTES)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    assert uno.pasar().desconocidos == 1
    reloj.avanzar(3)
    assert uno.pasar().desconocidos == 1  # primera búsqueda vacía
    reloj.avanzar(10)
    assert uno.pasar().desconocidos == 1  # dos búsquedas vacías, pero aún podría aparecer
    assert len(twilio.libro.mensajes) == 0
    reloj.avanzar(10)
    assert uno.pasar().repetidos_a_salvo == 1
    assert len(twilio.libro.mensajes) == 1


def test_lo_que_si_salio_se_encuentra_y_no_se_repite(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.fallos.programar(fallos.CORTE_TRAS)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    assert Aviso.objects.get().estado == "desconocido"
    reloj.avanzar(3)
    assert uno.pasar().hallados == 1
    assert Aviso.objects.get().sid == twilio.libro.mensajes[0].sid
    assert len(twilio.libro.mensajes) == 1


def test_si_no_se_puede_buscar_no_se_repite(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.fallos.programar(fallos.CORTE_TRAS)
    twilio.fallos.programar(fallos.LISTA_503, 3)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.hasta_acabar()
    assert twilio.fallos.cuentas[fallos.LISTA_503] == 3
    assert len(twilio.libro.mensajes) == 1


def test_se_busca_en_todas_las_paginas(
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    reloj: RelojManual,
    despachador: Fabrica,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notificaciones.canales.whatsapp.PAGINA", 3)
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.fallos.programar(fallos.CORTE_TRAS)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.pasar()
    for n in range(10):  # otros mensajes de la cuenta, más nuevos
        twilio.libro.anotar(de="whatsapp:+15005550006", a="whatsapp:+15005550010", cuerpo=f"otro {n}")
    reloj.avanzar(3)
    assert uno.pasar().hallados == 1


def test_dos_despachadores_a_la_vez_no_repiten(
    transactional_db: None, twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    sucesos = 40
    encolar_avisos([nuevo(f"a{n}", reloj) for n in range(sucesos)], config, ahora=reloj.ahora())
    juntos = threading.Barrier(3)

    def trabajar(quien: str) -> None:
        from historial.services import conexion

        suyo = despachador(config, quien)
        juntos.wait(10)
        try:
            while suyo.pasar(limite=100).total:
                pass
        finally:
            conexion.cerrar()

    hilos = [threading.Thread(target=trabajar, args=(f"d{n}",)) for n in range(3)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(60)
    exigir_uno_a_cada_uno(twilio, sucesos)
    assert Aviso.objects.filter(estado="aceptado").count() == 2 * sucesos


@pytest.mark.parametrize("salio", [True, False])
def test_el_reclamo_de_un_proceso_muerto_se_busca_antes_de_repetirlo(
    salio: bool,
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    reloj: RelojManual,
    despachador: Fabrica,
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    muerto = despachador(config, "muerto")
    aviso = Aviso.objects.get()
    if salio:  # murió entre la respuesta y anotarla
        twilio.libro.anotar(de="whatsapp:+15005550006", a="whatsapp:+15005550010", cuerpo=aviso.cuerpo)
    Aviso.objects.update(estado="enviando", reclamado_por=muerto.quien, reclamado_en=reloj.ahora(), intentos=1)
    otro = despachador(config, "otro")
    reloj.avanzar(59)
    assert otro.pasar().total == 0  # aún podría estar vivo
    reloj.avanzar(2)
    assert otro.pasar().huerfanos == 1
    otro.hasta_acabar()
    assert len(twilio.libro.mensajes) == 1
    assert Aviso.objects.get().estado == "aceptado"


def test_quien_despierta_tarde_no_escribe_ni_un_octeto(
    twilio: ServidorTwilio,
    configurar: Callable[..., ConfigAvisos],
    reloj: RelojManual,
    despachador: Fabrica,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    original = uno.canales["whatsapp"].enviar

    def tras_dormir(mensaje: object) -> object:
        reloj.avanzar(11)  # el proceso se quedó congelado con la fila reclamada
        return original(mensaje)  # type: ignore[arg-type]

    monkeypatch.setattr(uno.canales["whatsapp"], "enviar", tras_dormir)
    assert uno.pasar().aplazados == 1
    assert twilio.peticiones == 0
    assert Aviso.objects.get().estado == "pendiente"


def test_sin_servidor_se_reintenta_sin_buscar(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    sordo = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010", TIMONEL_TWILIO_URL="http://127.0.0.1:9")
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    assert despachador(sordo).pasar().aplazados == 1
    aviso = Aviso.objects.get()
    assert (aviso.estado, aviso.codigo_error) == ("pendiente", "SIN-CONEXION")
    reloj.avanzar(3)
    assert despachador(config).pasar().aceptados == 1


@pytest.mark.parametrize(
    ("fallo", "codigo"),
    [
        (fallos.DESTINO, "21211"),
        (fallos.SIN_VERIFICAR, "21608"),
        (fallos.BAJA, "21610"),
        (fallos.REMITENTE, "63007"),
    ],
)
def test_lo_que_no_tiene_arreglo_falla_con_su_codigo(
    fallo: str, codigo: str, twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    twilio.fallos.programar(fallo)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    hecho = despachador(config).pasar()
    assert (hecho.fallidos, hecho.aceptados) == (1, 1)
    assert Aviso.objects.get(estado="fallido").codigo_error == codigo


def test_con_credenciales_malas_se_para_el_canal_y_sale_por_el_otro(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_TWILIO_TOKEN="otra", TIMONEL_APPRISE_URLS="json://127.0.0.1:9")
    encolar_avisos([nuevo("a", reloj), nuevo("b", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    del uno.canales["apprise"]
    assert uno.pasar(limite=1).aplazados == 1
    assert CanalAvisos.objects.get().codigo_error == "20003"
    peticiones = twilio.peticiones
    assert uno.pasar().total == 0  # parado para todos
    assert twilio.peticiones == peticiones
    assert Aviso.objects.filter(canal="apprise").count() == 1
    reloj.avanzar(301)
    buena = despachador(configurar())
    buena.hasta_acabar()
    exigir_uno_a_cada_uno(twilio, 2)
    assert CanalAvisos.objects.get().parado_hasta is None


def test_fuera_de_la_ventana_sale_por_plantilla(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.ventana = True
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.hasta_acabar()
    _contar_lo_que_fallo_despues(uno, config, reloj)
    primero, segundo = twilio.libro.mensajes
    assert (primero.estado, primero.codigo, primero.plantilla) == ("failed", 63016, None)
    assert segundo.llego
    assert segundo.plantilla is not None
    assert segundo.cuerpo == primero.cuerpo  # la plantilla compone lo mismo
    assert twilio.libro.repetidos() == 0
    aviso = Aviso.objects.get()
    assert (aviso.por_plantilla, aviso.sid) == (True, segundo.sid)


def test_fuera_de_la_ventana_y_sin_plantilla_falla_con_su_codigo(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010", TIMONEL_TWILIO_PLANTILLA_GENERAL=None)
    twilio.ventana = True
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    uno = despachador(config)
    uno.hasta_acabar()
    _contar_lo_que_fallo_despues(uno, config, reloj)
    assert Aviso.objects.get().codigo_error == "63016"
    assert Aviso.objects.get().estado == "fallido"


def test_la_plantilla_de_su_tipo_va_por_delante(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    propia = "HX" + "a" * 32
    twilio.plantillas[propia] = "Parada. {{1}} {{2}} {{3}} {{4}} Ref {{5}}"
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010", TIMONEL_TWILIO_PLANTILLA_STOP_LOSS=propia)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    despachador(config).pasar()
    assert twilio.libro.mensajes[0].plantilla == propia
    assert Aviso.objects.get().plantilla == propia


def test_lo_urgente_sale_antes(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    encolar_avisos([nuevo("a", reloj), nuevo("b", reloj, Urgencia.YA)], config, ahora=reloj.ahora())
    despachador(config).pasar(limite=1)
    assert list(Aviso.objects.filter(estado="aceptado").values_list("clave", flat=True)) == ["b"]


def test_lo_caducado_no_sale(
    twilio: ServidorTwilio, config: ConfigAvisos, reloj: RelojManual, despachador: Fabrica
) -> None:
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    viejo = nuevo("b", reloj, ocurrido_en=reloj.ahora() - timedelta(hours=25))
    encolar_avisos([viejo], config, ahora=reloj.ahora())
    reloj.avanzar(86_401)
    despachador(config).pasar()
    assert len(twilio.libro.mensajes) == 0
    assert set(Aviso.objects.values_list("clave", "estado", "codigo_error")) == {
        ("a", "fallido", "CADUCADO"),
        ("b", "descartado", "CADUCADO"),
    }


def test_tras_muchos_rechazos_por_ritmo_se_da_por_fallido(
    twilio: ServidorTwilio, configurar: Callable[..., ConfigAvisos], reloj: RelojManual, despachador: Fabrica
) -> None:
    config = configurar(TIMONEL_WHATSAPP_DESTINOS="+15005550010")
    twilio.fallos.programar(fallos.DEMASIADAS, 3)
    encolar_avisos([nuevo("a", reloj)], config, ahora=reloj.ahora())
    despachador(config, politica=Politica(intentos_max=3)).hasta_acabar()
    assert Aviso.objects.get().codigo_error == "20429"
    assert Aviso.objects.get().intentos == 3
