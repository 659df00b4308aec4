"""Sigue una entrada ficticia con los ticks vivos y la liquida con las reglas de la sede. No envía ni guarda nada.

El pago es el cotizado al entrar. Lo que se pierde de vista (un corte, un activo que deja de dar ticks) se abandona: con
ticks que faltan, la sede pudo liquidar en otro precio y un final inventado ensuciaría la estadística.
"""

import msgspec

from dominio.dinero import a_decimal
from dominio.errores import ErrorDenegado
from dominio.ordenes import Intencion
from dominio.posiciones import Liquidacion, Resultado
from dominio.reloj import Reloj, de_epoch
from dominio.velas import Tick
from simulacion.sedes.deriv.liquidacion import LIQUIDABLE, aplicar_tick, resultado
from simulacion.sedes.deriv.modelos import GANADO, SEGUNDOS_POR_UNIDAD, Contrato, Pedido

SEGUNDOS_POR_TICK = 2.0  # el índice más lento
MARGEN_S = 60.0


class Abierta(msgspec.Struct, frozen=True):
    """Lo que se sigue: su número, la intención que la habría comprado y hasta cuándo tiene sentido esperarla."""

    numero: str
    intencion: Intencion
    contrato: Contrato
    limite_s: float


class Seguidor:
    """Una entrada ficticia cada vez, como el bot de verdad."""

    def __init__(self, reloj: Reloj) -> None:
        self._reloj = reloj
        self.abierta: Abierta | None = None

    def abrir(self, numero: str, intencion: Intencion) -> None:
        """Empieza a seguir una entrada. Raises ErrorDenegado (SIM-09) si le falta duración o pago, o ya hay otra."""
        if intencion.pago is None or intencion.duracion is None or intencion.unidad_duracion is None:
            raise ErrorDenegado("SIM-09", "Una entrada ficticia necesita duración y pago cotizado.")
        if self.abierta is not None:
            raise ErrorDenegado("SIM-09", "Ya hay una entrada ficticia abierta.")
        unidad, duracion = intencion.unidad_duracion, intencion.duracion
        segundos = 0 if unidad == "t" else duracion * SEGUNDOS_POR_UNIDAD[unidad]
        precio = intencion.precio_max or intencion.monto
        inicio = self._reloj.epoch_ms() // 1000
        contrato = Contrato(
            id=0,
            cuenta=intencion.cuenta,
            pedido=Pedido(str(intencion.direccion), intencion.simbolo, precio, duracion, unidad),
            precio=precio,
            pago=intencion.pago,
            inicio=inicio,
            transaccion_compra=0,
            vence=inicio + segundos if segundos else None,
            serie=[],
        )
        dura_s = segundos or (duracion + 2) * SEGUNDOS_POR_TICK
        self.abierta = Abierta(numero, intencion, contrato, self._reloj.monotonico() + dura_s + MARGEN_S)

    def procesar_tick(self, tick: Tick) -> Liquidacion | None:
        """Devuelve la liquidación si este tick acaba la entrada."""
        abierta = self.abierta
        if abierta is None or abierta.contrato.pedido.simbolo != tick.simbolo:
            return None
        if aplicar_tick(abierta.contrato, tick.epoch_ms // 1000, tick.precio) != LIQUIDABLE:
            return None
        self.abierta = None
        return _liquidar(abierta, tick)

    def vencida(self) -> bool:
        """Devuelve si la entrada lleva abierta más de lo que pudo durar: sus ticks no llegan."""
        return self.abierta is not None and self._reloj.monotonico() > self.abierta.limite_s

    def abandonar(self) -> Abierta | None:
        """Deja de seguir la entrada y la devuelve, si la había."""
        abierta, self.abierta = self.abierta, None
        return abierta


def _liquidar(abierta: Abierta, tick: Tick) -> Liquidacion:
    contrato = abierta.contrato
    estado, cobrado = resultado(contrato)
    entrada, salida = contrato.entrada, contrato.salida
    return Liquidacion(
        referencia=abierta.numero,
        resultado=Resultado.GANADA if estado == GANADO else Resultado.PERDIDA,
        beneficio=cobrado - contrato.precio,
        cobrado=cobrado,
        hora=de_epoch(tick.epoch_ms / 1000),
        precio_entrada=None if entrada is None else a_decimal(entrada[1]),
        precio_salida=None if salida is None else a_decimal(salida[1]),
        hora_inicio=de_epoch(contrato.inicio),
        hora_fin=None if salida is None else de_epoch(salida[0]),
    )
