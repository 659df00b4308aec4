"""Entradas ficticias sobre ticks pasados: el mismo motor de señales y la misma liquidación que en vivo. Puro.

Una entrada cada vez, como el bot: se decide tras el último tick de cada segundo, la compra cuenta desde ese segundo y
la entrada es el primer tick posterior. El pago es el que la sede cotiza hoy, el único que se conoce. Lo que un hueco
deja sin ver se abandona: su final no se inventa.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec

from dominio.dinero import CERO, a_decimal
from dominio.posiciones import Resultado
from dominio.senales import Direccion, Senal
from dominio.velas import Tick
from simulacion.sedes.deriv.liquidacion import LIQUIDABLE, aplicar_tick, resultado
from simulacion.sedes.deriv.modelos import GANADO, SEGUNDOS_POR_UNIDAD, Contrato, Pedido
from trading.motor_senales.motor import EstadoMercado, MotorSenales
from trading.motor_senales.seleccion import equilibrio

PREFIJO = "H-"


class Pago(msgspec.Struct, frozen=True):
    """Lo que la sede cotiza: la prima y lo que cobra quien gana."""

    precio: Decimal
    pago: Decimal

    @property
    def neto(self) -> float:
        """Devuelve la ganancia por unidad apostada."""
        return float(self.pago / self.precio) - 1.0


Pagos = Mapping[str, Mapping[Direccion, Pago]]


class EntradaHistorica(msgspec.Struct, frozen=True, kw_only=True):
    """Una entrada ya liquidada. Horas en segundos desde 1970; ``pago``, lo que cobra si gana."""

    simbolo: str
    direccion: Direccion
    inicio_s: int
    fin_s: int
    liquidada_s: int
    monto: Decimal
    pago: Decimal
    cobrado: Decimal
    resultado: Resultado
    precio_entrada: Decimal
    precio_salida: Decimal
    confianza_pct: float

    @property
    def numero(self) -> str:
        """Devuelve su número de contrato sin el nombre del bot: el mismo instante y activo dan siempre el mismo."""
        return f"{self.inicio_s}-{self.simbolo}"

    @property
    def beneficio(self) -> Decimal:
        """Devuelve lo cobrado menos la prima."""
        return self.cobrado - self.monto


class ReglaRelleno(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se compra y con qué exigencia, como en el fichero del bot. ``hueco_max_s``: más sin ticks es un hueco."""

    duracion: int
    unidad: str
    pago_neto_min: float = 0.0
    exigir_ventaja: bool = False
    hueco_max_s: int = 120


class Relleno:
    """Recorre ticks pasados en orden. Los activos sin pago conocido cuentan como cerrados."""

    def __init__(self, motor: MotorSenales, pagos: Pagos, regla: ReglaRelleno) -> None:
        self.motor = motor
        self.abandonadas = 0
        self._regla = regla
        self._pagos = pagos
        self._mercado = {
            simbolo: EstadoMercado(True, lados[Direccion.CALL].neto)
            for simbolo, lados in pagos.items()
            if Direccion.CALL in lados
        }
        self._abierto: tuple[Contrato, Senal] | None = None

    @property
    def abierta_desde_s(self) -> int | None:
        """Devuelve cuándo empezó la entrada sin liquidar; None si no la hay."""
        return None if self._abierto is None else self._abierto[0].inicio

    def procesar(self, ticks: Iterable[Tick]) -> list[EntradaHistorica]:
        """Devuelve las entradas que se liquidan con estos ticks, que van por orden de hora."""
        hechas: list[EntradaHistorica] = []
        for epoch_ms, grupo in groupby(ticks, key=lambda tick: tick.epoch_ms):
            for tick in grupo:
                if self.motor.procesar_tick(tick) and self._abierto is not None:
                    hechas += self._avanzar(*self._abierto, tick)
            self._abandonar_si_falta(epoch_ms // 1000)
            if self._abierto is None:
                self._entrar(epoch_ms)
        return hechas

    def _avanzar(self, contrato: Contrato, senal: Senal, tick: Tick) -> list[EntradaHistorica]:
        if contrato.pedido.simbolo != tick.simbolo:
            return []
        self._abandonar_si_falta(tick.epoch_ms // 1000)
        if self._abierto is None or aplicar_tick(contrato, tick.epoch_ms // 1000, tick.precio) != LIQUIDABLE:
            return []
        self._abierto = None
        return [_liquidada(contrato, senal, tick)]

    def _abandonar_si_falta(self, epoch_s: int) -> None:
        if self._abierto is None:
            return
        contrato = self._abierto[0]
        visto = contrato.inicio if contrato.ultimo is None else contrato.ultimo[0]
        if epoch_s - visto > self._regla.hueco_max_s:
            self._abierto = None
            self.abandonadas += 1

    def _entrar(self, epoch_ms: int) -> None:
        eleccion = self.motor.elegir(epoch_ms, self._mercado)
        senal, cifras, regla = eleccion.senal, eleccion.cifras, self._regla
        if senal is None or cifras is None:
            return
        pago = self._pagos[senal.simbolo].get(senal.direccion)
        if pago is None or pago.neto < regla.pago_neto_min:
            return
        if regla.exigir_ventaja and cifras.probabilidad_baja < equilibrio(pago.neto):
            return
        inicio = epoch_ms // 1000
        segundos = 0 if regla.unidad == "t" else regla.duracion * SEGUNDOS_POR_UNIDAD[regla.unidad]
        contrato = Contrato(
            id=0,
            cuenta="",
            pedido=Pedido(str(senal.direccion), senal.simbolo, pago.precio, regla.duracion, regla.unidad),
            precio=pago.precio,
            pago=pago.pago,
            inicio=inicio,
            transaccion_compra=0,
            vence=inicio + segundos if segundos else None,
            serie=[],
        )
        self._abierto = (contrato, senal)


def por_hora(series: Iterable[Sequence[Tick]]) -> list[Tick]:
    """Devuelve los ticks de varios activos en un solo orden: por hora y, a igual hora, por el orden de las series."""
    return sorted((tick for serie in series for tick in serie), key=lambda tick: tick.epoch_ms)


def restar(desde: int, hasta: int, hechos: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Devuelve los ratos de [desde, hasta) que no están en ``hechos`` (ratos [a, b)), por orden."""
    faltan: list[tuple[int, int]] = []
    for a, b in sorted(hechos):
        if a > desde and desde < hasta:
            faltan.append((desde, min(a, hasta)))
        desde = max(desde, b)
    if desde < hasta:
        faltan.append((desde, hasta))
    return faltan


def _liquidada(contrato: Contrato, senal: Senal, tick: Tick) -> EntradaHistorica:
    estado, cobrado = resultado(contrato)
    entrada = contrato.entrada or (0, 0.0)
    salida = contrato.salida or (0, 0.0)
    return EntradaHistorica(
        simbolo=contrato.pedido.simbolo,
        direccion=senal.direccion,
        inicio_s=contrato.inicio,
        fin_s=salida[0],
        liquidada_s=tick.epoch_ms // 1000,
        monto=contrato.precio,
        pago=contrato.pago,
        cobrado=cobrado if estado == GANADO else CERO,
        resultado=Resultado.GANADA if estado == GANADO else Resultado.PERDIDA,
        precio_entrada=a_decimal(entrada[1]),
        precio_salida=a_decimal(salida[1]),
        confianza_pct=round(senal.confianza_pct, 2),
    )
