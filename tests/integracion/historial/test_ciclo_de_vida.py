"""El ciclo de vida entero contra la base: un modelo de juguete y el diario dicen siempre lo mismo."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dominio import puntos_fallo
from dominio.errores import ErrorDenegado, ErrorTransicion
from dominio.ordenes import BLOQUEAN_ENTRADAS, CON_RESERVA, TRANSICIONES, EstadoOrden, Intencion, ResultadoEnvio
from dominio.reloj import RelojManual
from historial import auditoria
from historial.models import Evento, FilaAuditoria, Operacion, Orden, ReservaRiesgo
from historial.services import cerrar_operacion
from tests.integracion.historial.fabrica import (
    aceptacion,
    aceptada,
    con_mando,
    correr,
    cuenta_nueva,
    diario_de,
    intencion,
    liquidacion,
)

pytestmark = pytest.mark.django_db
E = EstadoOrden


class Ciclo(RuleBasedStateMachine):
    """Órdenes de una cuenta que avanzan en cualquier orden; el modelo guarda su estado y cuándo vencen."""

    def __init__(self) -> None:
        super().__init__()
        self.reloj = RelojManual()
        self.cuenta = cuenta_nueva()
        self.diario = diario_de(self.reloj, max_abiertas=2)
        self.ficha = con_mando(self.reloj, self.cuenta, ttl_s=1e6).ficha
        self.ordenes: list[Intencion] = []
        self.modelo: dict[str, EstadoOrden] = {}
        self.cerradas = 0

    def elegir(self, cual: int) -> Intencion | None:
        return self.ordenes[cual % len(self.ordenes)] if self.ordenes else None

    def intentar(self, orden: Intencion, hasta: EstadoOrden, hacer: object) -> bool:
        """Devuelve si el cambio se hizo; comprueba que se hace exactamente cuando el ciclo lo permite."""
        permitido = hasta in TRANSICIONES.get(self.modelo[orden.id_cliente], frozenset())
        try:
            correr(hacer)  # type: ignore[arg-type]
        except ErrorTransicion:
            assert not permitido
            return False
        if permitido:
            self.modelo[orden.id_cliente] = hasta
        return permitido

    @rule(plazo=st.sampled_from([5, 600]))
    def registrar(self, plazo: int) -> None:
        orden = intencion(self.reloj, self.cuenta, vence_en=self.reloj.ahora() + timedelta(seconds=plazo))
        bloqueada = any(estado in BLOQUEAN_ENTRADAS for estado in self.modelo.values())
        vivas = [
            o
            for o in self.ordenes
            if self.modelo[o.id_cliente] in CON_RESERVA
            and (self.modelo[o.id_cliente] is not E.APROBADA or o.vence_en > self.reloj.ahora())
        ]
        try:
            correr(self.diario.registrar_intencion(orden))
            assert not bloqueada
            assert len(vivas) < 2
            self.modelo[orden.id_cliente] = E.APROBADA
        except ErrorDenegado:
            assert bloqueada or len(vivas) >= 2
            self.modelo[orden.id_cliente] = E.DENEGADA
        self.ordenes.append(orden)

    @rule(cual=st.integers(0, 50))
    def marcar_enviando(self, cual: int) -> None:
        orden = self.elegir(cual)
        if orden is None:
            return
        actual = self.modelo[orden.id_cliente]
        bloqueada = any(e in BLOQUEAN_ENTRADAS for i, e in self.modelo.items() if i != orden.id_cliente)
        sale = actual is E.APROBADA and orden.vence_en > self.reloj.ahora() and not bloqueada
        assert correr(self.diario.marcar_enviando(orden.id_cliente, self.ficha)) == sale
        if actual is E.APROBADA:
            self.modelo[orden.id_cliente] = E.ENVIANDO if sale else E.CADUCADA

    @rule(cual=st.integers(0, 50), final=st.sampled_from([E.RECHAZADA, E.NO_ENVIADA, E.DESCONOCIDA]))
    def responder(self, cual: int, final: EstadoOrden) -> None:
        orden = self.elegir(cual)
        if orden is not None and self.modelo[orden.id_cliente] is not final:
            self.intentar(orden, final, self.diario.registrar_resultado(orden.id_cliente, ResultadoEnvio(estado=final)))

    @rule(cual=st.integers(0, 50), hallada=st.booleans())
    def aceptar(self, cual: int, hallada: bool) -> None:
        orden = self.elegir(cual)
        if orden is None:
            return
        if hallada:
            hecho = self.diario.adoptar(orden.id_cliente, aceptacion(self.reloj, tras_buscar=True), "hallada")
        else:
            hecho = self.diario.registrar_resultado(orden.id_cliente, aceptada(self.reloj))
        self.intentar(orden, E.ACEPTADA, hecho)

    @rule(cual=st.integers(0, 50), final=st.sampled_from([E.DESCONOCIDA, E.NO_COLOCADA, E.REVISION]))
    def marcar(self, cual: int, final: EstadoOrden) -> None:
        orden = self.elegir(cual)
        if orden is not None and self.modelo[orden.id_cliente] is not final:
            self.intentar(orden, final, self.diario.marcar(orden.id_cliente, final, "búsqueda"))

    @rule(cual=st.integers(0, 50))
    def liquidar(self, cual: int) -> None:
        orden = self.elegir(cual)
        if orden is None:
            return
        referencia = Orden.objects.get(id_cliente=orden.id_cliente).referencia or "ninguna"
        cierre = liquidacion(self.reloj, referencia)
        cerrada = cerrar_operacion("deriv", self.cuenta, cierre, ahora=self.reloj.ahora())
        assert (cerrada is not None) == (self.modelo[orden.id_cliente] is E.ACEPTADA)
        if cerrada is not None:
            self.modelo[orden.id_cliente] = E.EJECUTADA
            self.cerradas += 1

    @rule(segundos=st.sampled_from([1, 6, 601]))
    def pasa_el_tiempo(self, segundos: int) -> None:
        self.reloj.avanzar(segundos)

    @rule()
    def caducar(self) -> None:
        vencidas = [
            o.id_cliente
            for o in self.ordenes
            if self.modelo[o.id_cliente] is E.APROBADA and o.vence_en <= self.reloj.ahora()
        ]
        assert correr(self.diario.caducar("deriv", self.cuenta)) == len(vencidas)  # type: ignore[arg-type]
        self.modelo |= dict.fromkeys(vencidas, E.CADUCADA)

    @invariant()
    def la_base_dice_lo_mismo(self) -> None:
        reales = dict(Orden.objects.filter(cuenta=self.cuenta).values_list("id_cliente", "estado"))
        assert reales == {i: str(estado) for i, estado in self.modelo.items()}
        reservadas = ReservaRiesgo.objects.filter(cuenta=self.cuenta, liberada_en__isnull=True)
        assert set(reservadas.values_list("orden__id_cliente", flat=True)) == {
            i for i, estado in self.modelo.items() if estado in CON_RESERVA
        }
        operaciones = Operacion.objects.filter(cuenta=self.cuenta)
        assert operaciones.filter(estado="abierta").count() == list(self.modelo.values()).count(E.ACEPTADA)
        assert operaciones.filter(estado="cerrada").count() == self.cerradas
        assert sum(estado in BLOQUEAN_ENTRADAS for estado in self.modelo.values()) <= 1

    def teardown(self) -> None:
        assert auditoria.verificar().correcta


def test_el_diario_y_el_modelo_dicen_siempre_lo_mismo() -> None:
    run_state_machine_as_test(Ciclo, settings=settings(max_examples=30, stateful_step_count=30))


def test_si_el_proceso_muere_antes_de_confirmar_el_resultado_no_queda_nada_a_medias(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    orden, diario = intencion(reloj, cuenta), diario_de(reloj)
    correr(diario.registrar_intencion(orden))
    assert correr(diario.marcar_enviando(orden.id_cliente, con_mando(reloj, cuenta).ficha))
    antes = FilaAuditoria.objects.count(), Evento.objects.count()

    def morir(punto: str) -> None:
        if punto == "antes_de_confirmar":
            assert Operacion.objects.filter(cuenta=cuenta).exists()  # ya está todo escrito, falta confirmar
            raise SystemExit(137)

    puntos_fallo.instalar(morir)
    try:
        with pytest.raises(SystemExit):
            correr(diario.registrar_resultado(orden.id_cliente, aceptada(reloj, "5")))
    finally:
        puntos_fallo.instalar(None)
    assert Orden.objects.get(cuenta=cuenta).estado == E.ENVIANDO
    assert not Operacion.objects.filter(cuenta=cuenta).exists()
    assert (FilaAuditoria.objects.count(), Evento.objects.count()) == antes
    correr(diario.registrar_resultado(orden.id_cliente, aceptada(reloj, "5")))
    assert Operacion.objects.get(cuenta=cuenta).monto == Decimal(10)


def test_las_comprobaciones_previas_miran_solo_las_ordenes_vivas(reloj: RelojManual) -> None:
    """Con mucha historia, lo que se mira antes de entrar no crece: el plan llega al estado por un índice."""
    from django.db import connection

    from historial.services.intenciones import _VIVAS

    consulta = f"SELECT MIN(id_cliente) FROM ordenes WHERE sede = 'deriv' AND cuenta = 'x' AND estado IN {_VIVAS}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + consulta)
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + consulta)
        plan = str(cursor.fetchall())
    assert "idx_orden_viva" in plan or "estado=?" in plan
