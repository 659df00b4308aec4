"""El latido: lo que se enseña de un bot, y las velas que se guardan una vez."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bots.deriv.latido import ContratoVisto
from bots.deriv.velas_vistas import PENDIENTES_MAX, VelasVistas
from dominio.reloj import RelojManual
from dominio.velas import Tick
from tests.integracion.historial.fabrica import intencion

pytestmark = pytest.mark.rapido
MINUTO = 60_000
BASE = 1_767_225_600_000


def _tick(ms, precio, simbolo="R_50"):
    return Tick(simbolo=simbolo, epoch_ms=BASE + ms, precio=precio)


def test_una_vela_resume_sus_ticks():
    velas = VelasVistas()
    for ms, precio in ((0, 10.0), (2000, 12.0), (4000, 9.0), (58_000, 11.0)):
        velas.procesar_tick(_tick(ms, precio))
    (vela,) = velas.cambiadas()
    assert (vela.apertura, vela.maximo, vela.minimo, vela.cierre, vela.ticks) == (10.0, 12.0, 9.0, 11.0, 4)


def test_lo_guardado_no_se_vuelve_a_guardar_hasta_que_cambia():
    velas = VelasVistas()
    velas.procesar_tick(_tick(0, 10.0))
    velas.guardadas(velas.cambiadas())
    assert velas.cambiadas() == ()
    velas.procesar_tick(_tick(2000, 11.0))
    (vela,) = velas.cambiadas()
    assert (vela.apertura, vela.cierre) == (10.0, 11.0)


def test_lo_que_llega_mientras_se_guarda_no_se_da_por_guardado():
    velas = VelasVistas()
    velas.procesar_tick(_tick(0, 10.0))
    vistas = velas.cambiadas()
    velas.procesar_tick(_tick(2000, 13.0))
    velas.guardadas(vistas)
    assert [vela.maximo for vela in velas.cambiadas()] == [13.0]


def test_con_la_base_parada_se_olvidan_las_mas_viejas():
    velas = VelasVistas()
    for minuto in range(PENDIENTES_MAX + 10):
        velas.procesar_tick(_tick(minuto * MINUTO, 10.0))
    cambiadas = velas.cambiadas()
    assert len(cambiadas) == PENDIENTES_MAX
    assert cambiadas[0].inicio.timestamp() * 1000 == BASE + 10 * MINUTO


def test_el_contrato_visto_toma_de_entrada_el_primer_tick_posterior():
    reloj = RelojManual()
    una = intencion(reloj, "cuenta", simbolo="R_50", precio_max=Decimal("5.00"))
    desde = reloj.ahora()
    visto = ContratoVisto("1", una, desde)
    antes = round(desde.timestamp() * 1000)
    for ms, precio, simbolo in ((0, 9.0, "R_50"), (2000, 10.0, "R_50"), (3000, 99.0, "R_75"), (4000, 11.0, "R_50")):
        visto.procesar_tick(Tick(simbolo=simbolo, epoch_ms=antes + ms, precio=precio))
    assert (visto.entrada, visto.ultimo, visto.ticks) == (10.0, 11.0, 1)
    assert una.vence_en - una.creada_en > timedelta(0)
