"""R05: liquidaciones y filas del extracto repetidas, barajadas o perdidas; al reconciliar, el libro es el de la sede.

El ``Contable`` de verdad. En la mayor parte de los ejemplos la base es de memoria y hace lo mismo que la de verdad
(cada hecho, una vez); otra prueba repite unos pocos con la base. Reparto: 1.500 ejemplos con memoria y 25 con la base
en cada petición de cambio; 10.000 y 300 por la noche.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.deriv.contable import Contable
from core import estado_bot
from core import services as estado_guardado
from core.estado_bot import Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from core.services import Ficha
from dominio.eventos import EventoSede, MovimientoCuenta, PosicionCerrada
from dominio.instrumentos import Sede
from dominio.posiciones import Liquidacion, Movimiento, Resultado, Saldo
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from historial.diario import DiarioDjango
from historial.ejecutores import EnLinea
from historial.selectors.extracto import hora_del_ultimo_movimiento, movimiento_anotado
from historial.services.cuentas import anotar_movimiento
from tests.integracion.historial.fabrica import aceptada, con_mando, cuenta_nueva, intencion

pytestmark = pytest.mark.fallos

INICIAL = Decimal(10_000)
UN_DIA = timedelta(days=1)
PRINCIPIO = datetime(2026, 1, 1, tzinfo=UTC)


class Contrato(msgspec.Struct, frozen=True):
    """Un contrato de la historia: su prima y lo que cobró; ``propio`` si lo compró el bot."""

    prima: Decimal
    cobrado: Decimal
    propio: bool

    @property
    def beneficio(self) -> Decimal:
        return self.cobrado - self.prima


Hecho = Contrato | Decimal  # un contrato entero, o un ingreso o retirada de otra persona


class SedeDeMemoria:
    """El extracto verdadero de una historia, y los sucesos que la sede habría contado. Cumple ``LectorSede``."""

    def __init__(self, historia: list[Hecho]) -> None:
        self.balance = INICIAL
        self.hora = PRINCIPIO
        self.filas: list[Movimiento] = []
        self.liquidaciones: dict[str, Liquidacion] = {}
        self.propias: dict[str, Contrato] = {}
        self.sucesos: list[EventoSede] = []
        self.empezada = False
        for hecho in historia:
            self._ocurrir(hecho)

    def _ocurrir(self, hecho: Hecho) -> None:
        if isinstance(hecho, Decimal):
            self._mover("deposit" if hecho > 0 else "withdrawal", hecho, None)
            return
        referencia = str(5000 + len(self.filas))
        self._mover("buy", -hecho.prima, referencia)
        self._mover("sell", hecho.cobrado, referencia)
        neto = hecho.beneficio
        self.liquidaciones[referencia] = Liquidacion(
            referencia=referencia,
            resultado=Resultado.GANADA if neto > 0 else Resultado.PERDIDA if neto < 0 else Resultado.NULA,
            beneficio=neto,
            cobrado=hecho.cobrado,
            hora=self.hora,
            transaccion=self.filas[-1].transaccion,
        )
        if hecho.propio:
            self.propias[referencia] = hecho
        self.sucesos.append(PosicionCerrada(liquidacion=self.liquidaciones[referencia]))

    def _mover(self, accion: str, importe: Decimal, referencia: str | None) -> None:
        self.hora += timedelta(seconds=3)
        self.balance += importe
        movimiento = Movimiento(
            transaccion=str(100 + len(self.filas)),
            accion=accion,
            importe=importe,
            balance_despues=self.balance,
            hora=self.hora,
            referencia=referencia,
        )
        self.filas.append(movimiento)
        self.sucesos.append(MovimientoCuenta(movimiento=movimiento))

    async def saldo(self) -> Saldo:
        return Saldo(cuenta="x", balance=self.balance, moneda="USD")

    async def movimientos(self, desde: datetime, hasta: datetime) -> tuple[Movimiento, ...]:
        return tuple(fila for fila in self.filas if self.empezada and desde <= fila.hora <= hasta)


class BaseDeMemoria:
    """Hace de base y de ejecutor: las mismas funciones que guarda la de verdad, cada hecho una sola vez."""

    def __init__(self, propias: dict[str, Contrato]) -> None:
        self.estado, _ = estado_bot.activar(INICIAL, PRINCIPIO)
        self.cerradas: set[str] = set()
        self.anotados: dict[str, datetime] = {}
        self._propias = propias
        self._hacer: dict[Callable[..., Any], Callable[..., Any]] = {
            estado_guardado.asentar_compra: self._comprar,
            estado_guardado.asentar_liquidacion: self._liquidar,
            estado_guardado.asentar_ajeno: self._ajeno,
            anotar_movimiento: self._anotar,
            movimiento_anotado: lambda _sede, _cuenta, transaccion: transaccion in self.anotados,
            hora_del_ultimo_movimiento: lambda *_: max(self.anotados.values(), default=None),
        }

    async def __call__(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self._hacer[funcion](*args, **kwargs)

    async def conocida(self, _sede: Sede, _cuenta: str, referencia: str) -> bool:
        return referencia in self._propias

    def _comprar(self, _ficha: Ficha, referencia: str, prima: Decimal, _ahora: datetime) -> EstadoBot:
        self.estado = estado_bot.comprar(self.estado, referencia, prima)
        return self.estado

    def _liquidar(
        self, _ficha: Ficha, cierre: Liquidacion, regla: ReglaDinamica, pausa: timedelta, _ahora: datetime
    ) -> EstadoBot:
        if cierre.referencia not in self.cerradas:
            self.cerradas.add(cierre.referencia)
            self.estado, _ = estado_bot.liquidar(
                self.estado,
                regla,
                referencia=cierre.referencia,
                beneficio=cierre.beneficio,
                resultado=cierre.resultado,
                direccion=Direccion.CALL,
                hora=cierre.hora,
                pausa=pausa,
            )
        return self.estado

    def _ajeno(self, _ficha: Ficha, movimiento: Movimiento, _ahora: datetime) -> EstadoBot | None:
        if not self._anotar("", "", movimiento, False, ahora=_ahora):
            return None
        self.estado, _ = estado_bot.mover_ajeno(self.estado, movimiento.importe, movimiento.accion)
        return self.estado

    def _anotar(self, _sede: str, _cuenta: str, movimiento: Movimiento, _propio: bool, *, ahora: datetime) -> bool:
        nuevo = movimiento.transaccion not in self.anotados
        self.anotados.setdefault(movimiento.transaccion, movimiento.hora)
        return nuevo


# --- lo que hypothesis inventa -----------------------------------------------------------------------------------

_PRIMA = st.integers(35, 5000).map(lambda centavos: Decimal(centavos) / 100)
_CONTRATO = st.builds(
    lambda prima, cobro, propio: Contrato(prima, (Decimal(0), prima, prima * 2 - Decimal("0.01"))[cobro], propio),
    _PRIMA,
    st.integers(0, 2),
    st.booleans(),
)
_AJENO = st.integers(-20_000, 20_000).filter(bool).map(lambda centavos: Decimal(centavos) / 100)
_HISTORIA = st.lists(st.one_of(_CONTRATO, _CONTRATO, _CONTRATO, _AJENO), min_size=1, max_size=10)


@st.composite
def _caso(dibujar: st.DrawFn) -> tuple[SedeDeMemoria, list[EventoSede], set[int]]:
    """Una historia, los sucesos que de verdad llegan (perdidos, repetidos y barajados) y cuándo se reconcilia."""
    sede = SedeDeMemoria(dibujar(_HISTORIA))
    llegan: list[EventoSede] = []
    for suceso in sede.sucesos:
        llegan += [suceso] * dibujar(st.sampled_from((0, 1, 1, 1, 2, 3)))
    llegan = dibujar(st.permutations(llegan)) if dibujar(st.booleans()) else llegan
    return sede, llegan, dibujar(st.sets(st.integers(0, max(len(llegan) - 1, 0)), max_size=3))


async def _vivir(contable: Contable, sede: SedeDeMemoria, llegan: list[EventoSede], pasadas: set[int]) -> None:
    """Atiende los sucesos como el bucle y reconcilia en medio y al final, que es cuando se comprueba todo."""
    await contable.ponerse_al_dia()  # al conectar se reconcilia antes que nada: aún no ha pasado nada
    sede.empezada = True
    for referencia, contrato in sede.propias.items():
        if int(referencia) % 2:  # unas compras se supieron al momento; otras, al reconciliar
            await contable.comprar(referencia, contrato.prima)
    for numero, suceso in enumerate(llegan):
        if isinstance(suceso, PosicionCerrada):
            await contable.liquidar(suceso.liquidacion)
        elif isinstance(suceso, MovimientoCuenta):
            await contable.mover(suceso.movimiento)
        if numero in pasadas:
            await _reconciliar(contable, sede)
    await _reconciliar(contable, sede)


async def _reconciliar(contable: Contable, sede: SedeDeMemoria) -> None:
    """Las pasadas que haría el bucle: lo que aparece durante una se decide en la siguiente."""
    cierres = tuple(sede.liquidaciones[referencia] for referencia in sede.propias)
    for _ in range(3):
        vistos = contable.pendientes()
        await contable.ponerse_al_dia(cierres)
        await contable.clasificar(vistos)
        if not contable.pide_pasada:
            return
    raise AssertionError("tres pasadas completas no bastaron para clasificarlo todo")


def _comprobar(estado: EstadoBot, sede: SedeDeMemoria) -> None:
    propio = sum((c.beneficio for c in sede.propias.values()), Decimal(0))
    libro = estado.libro
    assert libro.abiertos == {}
    assert libro.beneficio == propio
    assert libro.ajenos == sede.balance - INICIAL - propio
    assert libro.esperado == libro.asentado == sede.balance
    ganadas = sum(c.beneficio > 0 for c in sede.propias.values())
    perdidas = sum(c.beneficio < 0 for c in sede.propias.values())
    assert (estado.contadores.ganadas, estado.contadores.perdidas) == (ganadas, perdidas)
    assert estado.contadores.nulas == len(sede.propias) - ganadas - perdidas
    assert (estado.ciclo is Ciclo.PAUSADO) == (estado.pausado_en is not None)


def _con_memoria(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    sede, llegan, pasadas = caso
    base, reloj = BaseDeMemoria(sede.propias), RelojManual()
    contable = Contable(
        ficha=Ficha("bot", "deriv", "X"),
        regla=ReglaDinamica(),
        pausa=UN_DIA,
        lector=sede,  # type: ignore[arg-type]
        diario=base,  # type: ignore[arg-type]
        ejecutor=base,
        reloj=reloj,
    )
    contable.estado = base.estado
    corrutina = _vivir(contable, sede, llegan, pasadas)
    with pytest.raises(StopIteration):  # todo es memoria: nunca espera de verdad
        corrutina.send(None)
    _comprobar(contable.estado, sede)


@pytest.mark.rapido
@settings(max_examples=1500)
@given(_caso())
def test_r05_posicion_y_beneficio_son_los_de_la_sede(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    _con_memoria(caso)


@pytest.mark.nocturno
@pytest.mark.timeout(1200)
@settings(max_examples=10_000)
@given(_caso())
def test_r05_diez_mil_historias(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    _con_memoria(caso)


# --- con la base de verdad ---------------------------------------------------------------------------------------


def _con_base(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    sede, llegan, pasadas = caso
    reloj, cuenta = RelojManual(), cuenta_nueva()
    ejecutor = EnLinea()
    diario = DiarioDjango(ejecutor, reloj, max_abiertas=None)
    arriendo = con_mando(reloj, cuenta)

    async def vida() -> EstadoBot:
        contable = Contable(
            ficha=Ficha("deriv_dinamico", "deriv", cuenta),
            regla=ReglaDinamica(),
            pausa=UN_DIA,
            lector=sede,  # type: ignore[arg-type]
            diario=diario,
            ejecutor=ejecutor,
            reloj=reloj,
        )
        contable.estado = await ejecutor(estado_guardado.activar_bot, contable.ficha, INICIAL, PRINCIPIO)
        for referencia, contrato in sede.propias.items():
            orden = intencion(reloj, cuenta, monto=contrato.prima, riesgo=contrato.prima)
            await diario.registrar_intencion(orden)
            assert await diario.marcar_enviando(orden.id_cliente, arriendo.ficha)
            await diario.registrar_resultado(orden.id_cliente, aceptada(reloj, referencia, precio=contrato.prima))
        await _vivir(contable, sede, llegan, pasadas)
        guardado = await ejecutor(estado_guardado.estado_de, contable.ficha)
        assert guardado == contable.estado
        return contable.estado

    _comprobar(asyncio.run(vida()), sede)


_CON_BASE = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@pytest.mark.django_db
@settings(max_examples=25, **_CON_BASE)
@given(_caso())
def test_r05_lo_mismo_con_la_base_de_verdad(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    _con_base(caso)


@pytest.mark.nocturno
@pytest.mark.timeout(1200)
@pytest.mark.django_db
@settings(max_examples=300, **_CON_BASE)
@given(_caso())
def test_r05_trescientas_historias_con_la_base(caso: tuple[SedeDeMemoria, list[EventoSede], set[int]]) -> None:
    _con_base(caso)
