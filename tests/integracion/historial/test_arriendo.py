"""Un solo jefe: la ficha crece con cada toma y una ficha vieja no envía nunca."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from dominio.instrumentos import Sede
from dominio.reloj import RelojManual, RelojSistema
from historial.arriendo import ArriendoDjango
from historial.models import FilaArriendo
from historial.services.tiempo import BASE_DE_DATOS
from tests.integracion.historial.fabrica import arriendo_de, con_mando, correr, cuenta_nueva, diario_de, intencion

pytestmark = pytest.mark.django_db


def test_libre_se_toma_y_ocupado_no(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    uno, dos = arriendo_de(reloj, cuenta, "uno"), arriendo_de(reloj, cuenta, "dos")
    assert correr(uno.tomar())
    assert uno.ficha == 1
    assert not correr(dos.tomar())
    assert dos.ficha == 0
    assert not correr(uno.tomar())  # ni el mismo: quien lo tuvo debe soltarlo o dejarlo vencer


def test_vencido_lo_toma_otro_con_ficha_mayor_y_el_viejo_no_renueva(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    viejo, nuevo = arriendo_de(reloj, cuenta, "viejo", ttl_s=10), arriendo_de(reloj, cuenta, "nuevo")
    correr(viejo.tomar())
    reloj.avanzar(9.9)
    assert not correr(nuevo.tomar())
    assert correr(viejo.renovar())
    reloj.avanzar(10)
    assert correr(nuevo.tomar())
    assert nuevo.ficha == viejo.ficha + 1
    assert not correr(viejo.renovar())


def test_vencido_no_se_renueva_aunque_nadie_lo_haya_tomado(reloj: RelojManual) -> None:
    arriendo = con_mando(reloj, cuenta_nueva(), ttl_s=10)
    reloj.avanzar(10)
    assert not correr(arriendo.renovar())
    assert correr(arriendo.tomar())
    assert arriendo.ficha == 2


def test_soltar_lo_deja_libre_sin_perder_la_cuenta_de_fichas(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    uno, dos = con_mando(reloj, cuenta, titular="uno"), arriendo_de(reloj, cuenta, "dos")
    correr(uno.soltar())
    assert correr(dos.tomar())
    assert dos.ficha == 2
    correr(uno.soltar())  # el que ya no manda no suelta lo de otro
    assert correr(dos.renovar())


def test_en_deriv_dos_bots_no_comparten_cuenta_y_en_bitget_si(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    con_mando(reloj, cuenta, bot="bot_a")
    assert not correr(arriendo_de(reloj, cuenta, "otro", bot="bot_b").tomar())
    con_mando(reloj, cuenta, bot="bot_a", sede=Sede.BITGET)
    assert correr(arriendo_de(reloj, cuenta, "otro", bot="bot_b", sede=Sede.BITGET).tomar())


def test_al_cambiar_de_bot_en_la_cuenta_la_ficha_del_anterior_no_vale(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    anterior = con_mando(reloj, cuenta, bot="bot_a")
    correr(anterior.soltar())
    con_mando(reloj, cuenta, bot="bot_b")
    orden = intencion(reloj, cuenta, bot="bot_a")
    correr(diario_de(reloj).registrar_intencion(orden))
    assert not correr(diario_de(reloj).marcar_enviando(orden.id_cliente, anterior.ficha + 1))


def test_tras_reiniciar_el_equipo_el_arriendo_de_antes_no_estorba(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    con_mando(reloj, cuenta, titular="antes")
    FilaArriendo.objects.filter(cuenta=cuenta).update(base="00000000-otro-arranque:RelojManual", hasta=1e9)
    assert correr(arriendo_de(reloj, cuenta, "despues").tomar())


def test_un_reloj_de_simulacion_no_le_quita_el_mando_al_del_sistema(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    con_mando(RelojSistema(), cuenta, titular="en-vivo")
    assert not correr(arriendo_de(reloj, cuenta, "simulacion").tomar())
    correr_atras = con_mando(reloj, cuenta_nueva())
    assert correr(correr_atras.renovar())


def test_un_reloj_que_empieza_de_nuevo_encuentra_libre_lo_anterior() -> None:
    cuenta, antes = cuenta_nueva(), RelojManual()
    antes.avanzar(5000)
    con_mando(antes, cuenta, titular="antes")
    assert correr(arriendo_de(RelojManual(), cuenta, "despues").tomar())


def test_con_el_reloj_del_sistema_postgresql_mide_con_su_hora_y_sqlite_con_la_del_arranque() -> None:
    cuenta = cuenta_nueva()
    arriendo = con_mando(RelojSistema(), cuenta)
    fila = FilaArriendo.objects.get(cuenta=cuenta)
    assert (fila.base == BASE_DE_DATOS) == (connection.vendor == "postgresql")
    assert fila.hasta - fila.desde == pytest.approx(10, abs=1)
    assert correr(arriendo.renovar())
    FilaArriendo.objects.filter(cuenta=cuenta).update(hasta=fila.desde)  # como si ya hubieran pasado los 10 s
    assert not correr(arriendo.renovar())
    assert correr(arriendo_de(RelojSistema(), cuenta, "otro").tomar())


class Jefes(RuleBasedStateMachine):
    """Tres procesos que toman, renuevan, sueltan y se duermen en cualquier orden."""

    def __init__(self) -> None:
        super().__init__()
        self.reloj = RelojManual()
        self.cuenta = cuenta_nueva()
        self.diario = diario_de(self.reloj, max_abiertas=None)
        self.jefes: list[ArriendoDjango] = [
            arriendo_de(self.reloj, self.cuenta, f"p{numero}", ttl_s=10) for numero in range(3)
        ]
        self.hasta = [0.0, 0.0, 0.0]  # hasta cuándo cree cada uno que manda
        self.tomas = 0

    @rule(quien=st.integers(0, 2))
    def tomar(self, quien: int) -> None:
        if correr(self.jefes[quien].tomar()):
            self.tomas += 1
            assert self.jefes[quien].ficha == self.tomas
            self.hasta[quien] = self.reloj.arranque() + 10

    @rule(quien=st.integers(0, 2))
    def renovar(self, quien: int) -> None:
        if correr(self.jefes[quien].renovar()):
            assert self.jefes[quien].ficha == self.tomas
            self.hasta[quien] = self.reloj.arranque() + 10

    @rule(quien=st.integers(0, 2))
    def soltar(self, quien: int) -> None:
        correr(self.jefes[quien].soltar())
        self.hasta[quien] = 0.0

    @rule(segundos=st.sampled_from([0.5, 3, 9.9, 10, 25]))
    def pasa_el_tiempo(self, segundos: float) -> None:
        self.reloj.avanzar(segundos)

    @precondition(lambda self: self.tomas)
    @rule(quien=st.integers(0, 2))
    def enviar(self, quien: int) -> None:
        orden = intencion(
            self.reloj, self.cuenta, vence_en=self.reloj.ahora() + timedelta(minutes=5), proposito="cierre"
        )
        correr(self.diario.registrar_intencion(orden))
        ficha = self.jefes[quien].ficha
        manda = ficha == self.tomas and self.hasta[quien] > self.reloj.arranque()
        assert correr(self.diario.marcar_enviando(orden.id_cliente, ficha)) == manda

    @invariant()
    def nunca_mandan_dos(self) -> None:
        assert sum(hasta > self.reloj.arranque() for hasta in self.hasta) <= 1


def test_nunca_mandan_dos_y_una_ficha_vieja_no_envia() -> None:
    run_state_machine_as_test(Jefes, settings=settings(max_examples=40, stateful_step_count=30))
