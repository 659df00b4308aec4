"""De los eventos a los avisos, exactamente una vez; y lo que se vigila sin evento: bots que callan y el resumen."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from dominio.freno import Freno
from dominio.reloj import RelojManual
from historial.models import Evento, FilaArriendo, Latido, Operacion
from historial.services import fijar_freno, publicar_evento
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.models import Aviso, CursorAvisos, Desconexion
from notificaciones.services import (
    encolar_resumen_diario,
    notificar_inicio_operativa,
    notificar_stop_loss,
    traducir_eventos,
    vigilar_conexiones,
)

pytestmark = pytest.mark.django_db
BOT = {"bot": "deriv_dinamico", "sede": "deriv", "cuenta": "DOT90000001"}
STOP = {
    **BOT, "moneda": "USD", "entorno": "demo", "balance": "9891.25", "pico": "10000", "perdida_acumulada": "108.75",
    "reanuda_en": "2026-01-02T00:00:00+00:00",
}  # fmt: skip


@pytest.fixture
def config() -> ConfigAvisos:
    """Dos destinatarios; aquí no se envía nada."""
    return desde_entorno(
        {
            "TIMONEL_TWILIO_CUENTA": "AC" + "1" * 32,
            "TIMONEL_TWILIO_TOKEN": "x",
            "TIMONEL_TWILIO_REMITENTE": "+15005550006",
            "TIMONEL_WHATSAPP_DESTINOS": "+15005550010,+15005550011",
        }
    )


def traducir_hasta(config: ConfigAvisos, reloj: RelojManual, cuantos: int, limite: int = 500) -> int:
    """Devuelve cuántos eventos se tradujeron, al menos ``cuantos``.

    En PostgreSQL un evento no se ve mientras siga abierta una transacción anterior, también de otra base del servidor:
    con las pruebas repartidas puede haberlas.
    """
    leidos, espera = 0, threading.Event()
    for _ in range(600):
        leyo = traducir_eventos(config, ahora=reloj.ahora(), limite=limite)
        leidos += leyo
        if leidos >= cuantos and not leyo:
            return leidos
        if not leyo:
            espera.wait(0.05)
    raise AssertionError(f"solo se tradujeron {leidos}")


def test_cada_evento_se_traduce_una_vez(transactional_db: None, config: ConfigAvisos, reloj: RelojManual) -> None:
    for _ in range(3):
        publicar_evento("deriv_dinamico", "STOP_LOSS", STOP, ahora=reloj.ahora())
        publicar_evento("deriv_dinamico", "operacion", {"id": 1}, ahora=reloj.ahora())
    # Los del bot y los que cuentan los avisos nuevos.
    assert traducir_hasta(config, reloj, 6 + 3, limite=2) == 6 + 3
    assert Aviso.objects.count() == 6
    assert Aviso.objects.first().cuerpo.startswith("Timonel [DEMO] deriv_dinamico. Se detuvo por stop loss")
    CursorAvisos.objects.update(tx=0, evento=0)  # aunque se tradujera todo otra vez
    assert traducir_hasta(config, reloj, 6 + 3) == 6 + 3
    assert Aviso.objects.count() == 6


def test_si_la_transaccion_se_deshace_no_queda_ni_el_cursor(
    transactional_db: None, config: ConfigAvisos, reloj: RelojManual
) -> None:
    publicar_evento("deriv_dinamico", "STOP_LOSS", STOP, ahora=reloj.ahora())
    with pytest.raises(RuntimeError), transaction.atomic():
        assert traducir_hasta(config, reloj, 1) >= 1
        raise RuntimeError
    assert Aviso.objects.count() == 0
    traducir_hasta(config, reloj, 1)
    assert Aviso.objects.count() == 2


def test_dos_traductores_a_la_vez_no_repiten(transactional_db: None, config: ConfigAvisos, reloj: RelojManual) -> None:
    for _ in range(60):
        publicar_evento("deriv_dinamico", "STOP_LOSS", STOP, ahora=reloj.ahora())
    juntos = threading.Barrier(2)

    def traducir() -> None:
        from historial.services import conexion

        juntos.wait(10)
        try:
            while traducir_eventos(config, ahora=reloj.ahora(), limite=7):
                pass
        finally:
            conexion.cerrar()

    hilos = [threading.Thread(target=traducir) for _ in range(2)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join(60)
    for _ in range(600):
        if Aviso.objects.count() >= 120:
            break
        traducir_eventos(config, ahora=reloj.ahora())
        threading.Event().wait(0.05)
    assert Aviso.objects.count() == 120
    assert Evento.objects.filter(flujo="avisos").count() == 60


def test_el_alto_y_su_final(transactional_db: None, config: ConfigAvisos, reloj: RelojManual) -> None:
    fijar_freno("global", "", Freno.DETENIDO, "descuadre", "sistema", ahora=reloj.ahora())
    traducir_hasta(config, reloj, 2)  # el alto, y el aviso que produce
    alto = Aviso.objects.filter(tipo="emergencia")
    assert alto.count() == 2
    assert all(a.repetir_hasta_acuse and a.acuse_en is None for a in alto)
    fijar_freno("global", "", Freno.ACTIVO, "aclarado", "ana", ahora=reloj.ahora())
    traducir_hasta(config, reloj, 3)  # el freno quitado, lo acusado y el aviso nuevo
    assert all(a.acuse_por == "freno quitado" for a in alto.all())
    assert Aviso.objects.filter(tipo="freno").count() == 2


def test_las_dos_de_la_especificacion_se_pueden_llamar_a_mano(config: ConfigAvisos, reloj: RelojManual) -> None:
    comun: dict[str, Any] = {"entorno": "simulado", "moneda": "USD", "config": config, "ahora": reloj.ahora()}
    assert notificar_inicio_operativa("b", Decimal("10000"), clave="inicio:1", **comun) == 2
    assert notificar_inicio_operativa("b", Decimal("10000"), clave="inicio:1", **comun) == 0
    perdida = {"perdida": Decimal("108.75"), "pico": Decimal("10000"), "balance": Decimal("9891.25")}
    reanuda = reloj.ahora() + timedelta(hours=24)
    assert notificar_stop_loss("b", **perdida, reanuda_en=reanuda, clave="stop:1", **comun) == 2
    assert set(Aviso.objects.values_list("tipo", flat=True)) == {"inicio_operativa", "stop_loss"}
    assert "10.000,00 USD" in Aviso.objects.get(tipo="inicio_operativa", destino="destino-1").cuerpo


# --- conexiones (R12) ------------------------------------------------------------------------------------------------


def latir(reloj: RelojManual, *, conectado: bool = True, **datos: Any) -> None:
    Latido.objects.update_or_create(**BOT, defaults={"en": reloj.ahora(), "datos": {"conectado": conectado, **datos}})


def test_un_bot_que_calla_se_avisa_antes_del_minuto_y_una_vez(config: ConfigAvisos, reloj: RelojManual) -> None:
    latir(reloj, contrato={"activo": "R_50", "direccion": "CALL", "monto": "50"})
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 0
    reloj.avanzar(44)
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 0
    reloj.avanzar(2)
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 1
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 0
    aviso = Aviso.objects.filter(tipo="conexion_perdida")[0]
    assert "Sin señales del bot" in aviso.cuerpo
    assert "R_50 CALL de 50" in aviso.cuerpo
    latir(reloj)
    vigilar_conexiones(config, ahora=reloj.ahora())
    aviso.refresh_from_db()
    assert (aviso.estado, aviso.acuse_por) == ("descartado", "el bot volvió")
    assert Aviso.objects.filter(tipo="conexion_recuperada").count() == 2
    assert not Desconexion.objects.exists()
    reloj.avanzar(50)  # otra falta es otro aviso
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 1


def test_un_bot_sin_sede_se_avisa_aunque_lata(config: ConfigAvisos, reloj: RelojManual) -> None:
    avisados = []
    for _ in range(12):
        latir(reloj, conectado=False)
        avisados.append(vigilar_conexiones(config, ahora=reloj.ahora()))
        reloj.avanzar(5)
    assert avisados == [0] * 10 + [1, 0]  # a los 50 s
    assert "sin conexión con la sede" in Aviso.objects.first().cuerpo


def test_un_corte_corto_no_molesta(config: ConfigAvisos, reloj: RelojManual) -> None:
    for conectado in (True, False, False, True, False, False, True):
        latir(reloj, conectado=conectado)
        vigilar_conexiones(config, ahora=reloj.ahora())
        reloj.avanzar(15)
    assert not Aviso.objects.exists()


def test_un_bot_apagado_a_proposito_o_quitado_hace_dias_no_molesta(config: ConfigAvisos, reloj: RelojManual) -> None:
    latir(reloj)
    arriendo = FilaArriendo.objects.create(clave="x", **BOT, titular="")
    reloj.avanzar(600)
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 0
    arriendo.titular = "equipo:1"  # uno que murió sin soltarlo, sí
    arriendo.save()
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 1
    Aviso.objects.all().delete()
    Desconexion.objects.all().delete()
    reloj.avanzar(86_400)
    assert vigilar_conexiones(config, ahora=reloj.ahora()) == 0


def test_el_resumen_de_un_dia_sale_una_vez_por_bot(config: ConfigAvisos) -> None:
    dia = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
    for n, beneficio in enumerate((Decimal("47.5"), Decimal("-50"), Decimal("47.5"))):
        hora = dia + timedelta(minutes=n)
        Operacion.objects.create(
            **BOT, entorno="demo", tipo_orden="contrato", activo="R_50", direccion="CALL", estado="cerrada",
            monto=Decimal(50), moneda="USD", beneficio=beneficio, resultado="ganada" if beneficio > 0 else "perdida",
            hora_inicio=hora, hora_fin=hora, liquidada_en=hora, created_at=hora, updated_at=hora,
        )  # fmt: skip
    manana = dia + timedelta(days=1)
    assert encolar_resumen_diario(config, ahora=manana) == 2
    assert encolar_resumen_diario(config, ahora=manana) == 0
    cuerpo = Aviso.objects.first().cuerpo
    assert "Día 02/03/2026: 3 operaciones (2 ganadas, 1 perdidas), resultado 45,00 USD" in cuerpo
    assert "acierto 66,67 % (entre" in cuerpo
