"""El ciclo del bot como máquina de estados: una pausa empieza donde debe y en ningún otro sitio."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core import estado_bot
from core.estado_bot import Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from dominio.posiciones import Resultado
from dominio.senales import Direccion

pytestmark = pytest.mark.rapido
REGLA = ReglaDinamica()
PAUSA = timedelta(hours=24)
AHORA = datetime(2026, 3, 1, 12, tzinfo=UTC)
importes = st.decimals(min_value=Decimal("-60"), max_value=Decimal("60"), places=2)


class CicloDelBot(RuleBasedStateMachine):
    """Liquidaciones, movimientos ajenos y paso del tiempo en cualquier orden."""

    @initialize(balance=st.decimals(min_value=Decimal("500"), max_value=Decimal("20000"), places=2))
    def empezar(self, balance):
        self.ahora = AHORA
        self.numero = 0
        self.estado, avisos = estado_bot.activar(balance, self.ahora)
        assert [aviso.tipo for aviso in avisos] == ["INICIO_OPERATIVA"]

    @rule(beneficio=importes, lado=st.sampled_from(list(Direccion)[:2]), segundos=st.integers(1, 5000))
    def liquidar(self, beneficio, lado, segundos):
        self.ahora += timedelta(seconds=segundos)
        self.numero += 1
        antes = self.estado
        resultado = Resultado.GANADA if beneficio > 0 else Resultado.PERDIDA if beneficio < 0 else Resultado.NULA
        self.estado, avisos = estado_bot.liquidar(
            estado_bot.comprar(antes, str(self.numero), Decimal(1)),
            REGLA,
            referencia=str(self.numero),
            beneficio=beneficio,
            resultado=resultado,
            direccion=lado,
            hora=self.ahora,
            pausa=PAUSA,
        )
        pausa_ahora = antes.ciclo is Ciclo.OPERANDO and self.estado.tanda.balance <= self.estado.tanda.nivel_stop(REGLA)
        assert (self.estado.ciclo is Ciclo.PAUSADO) == (pausa_ahora or antes.ciclo is Ciclo.PAUSADO)
        assert any(aviso.tipo == "STOP_LOSS" for aviso in avisos) == pausa_ahora
        if pausa_ahora:
            assert (self.estado.pausado_en, self.estado.reanuda_en) == (self.ahora, self.ahora + PAUSA)
        else:
            assert self.estado.reanuda_en == antes.reanuda_en

    @rule(importe=st.decimals(min_value=Decimal("-400"), max_value=Decimal("5000"), places=2))
    def mover(self, importe):
        antes = self.estado
        if antes.libro.asentado + importe <= 0:
            return
        self.estado, _ = estado_bot.mover_ajeno(antes, importe, "deposit")
        assert self.estado.contadores == antes.contadores
        assert self.estado.ciclo is antes.ciclo
        assert self.estado.libro.beneficio == antes.libro.beneficio

    @precondition(lambda self: self.estado.ciclo is Ciclo.PAUSADO)
    @rule(horas=st.integers(1, 30), espera=st.integers(0, 10))
    def pasar_tiempo(self, horas, espera):
        self.ahora += timedelta(hours=horas)
        cumplida = self.ahora >= self.estado.reanuda_en
        self.estado, _ = estado_bot.fin_de_pausa(self.estado, self.ahora, 9, self.ahora + timedelta(hours=espera))
        assert (self.estado.ciclo is Ciclo.ESPERANDO_HORARIO) == cumplida

    @precondition(lambda self: self.estado.ciclo is Ciclo.ESPERANDO_HORARIO)
    @rule(horas=st.integers(0, 12))
    def llegar_la_hora(self, horas):
        self.ahora += timedelta(hours=horas)
        antes = self.estado
        self.estado, _ = estado_bot.reactivar(antes, self.ahora)
        if self.ahora >= antes.entra_en:
            assert self.estado.ciclo is Ciclo.OPERANDO
            assert self.estado.tanda.base == self.estado.libro.asentado
            assert self.estado.tanda.numero == antes.tanda.numero + 1
        else:
            assert self.estado == antes

    @invariant()
    def el_libro_cuadra(self):
        libro = self.estado.libro
        assert libro.asentado == libro.inicial + libro.beneficio + libro.ajenos
        assert self.estado.tanda.balance == libro.asentado
        contadores = self.estado.contadores
        assert contadores.ganadas + contadores.perdidas + contadores.nulas == self.numero

    @invariant()
    def sobrevive_a_un_reinicio(self):
        assert msgspec.json.decode(msgspec.json.encode(self.estado), type=EstadoBot) == self.estado


CicloDelBot.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestCicloDelBot = CicloDelBot.TestCase


def test_sin_saldo_vuelve_cuando_llega_el_saldo():
    estado, _ = estado_bot.activar(Decimal("50"), AHORA)
    sin_saldo, avisos = estado_bot.ajustar_saldo(estado, False, AHORA)
    assert (sin_saldo.ciclo, avisos[0].tipo) == (Ciclo.SIN_SALDO, "SIN_SALDO")
    assert not estado_bot.puede_entrar(sin_saldo)
    de_vuelta, _ = estado_bot.ajustar_saldo(sin_saldo, True, AHORA)
    assert de_vuelta.ciclo is Ciclo.OPERANDO


def test_con_un_contrato_abierto_no_se_entra():
    estado, _ = estado_bot.activar(Decimal("1000"), AHORA)
    assert estado_bot.puede_entrar(estado)
    assert not estado_bot.puede_entrar(estado_bot.comprar(estado, "1", Decimal(5)))
