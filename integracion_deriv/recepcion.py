"""Lo que llega por el socket, convertido en eventos del dominio; lo demás, a quien lo espera."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from dominio.eventos import BalanceSede, DatosRancios, EventoSede, MovimientoCuenta
from dominio.ordenes import Aceptacion
from dominio.posiciones import Movimiento, Saldo
from dominio.puertos import Publicar
from dominio.velas import Tick
from integracion_deriv import codec
from integracion_deriv.filtro_ticks import FiltroTicks
from integracion_deriv.hora_sede import HoraSede
from integracion_deriv.tramas import Mensaje, TramaTick

registro = logging.getLogger("timonel.deriv")
RECORDADOS = 4096


class Recepcion:
    """Reparte los mensajes. Sobrevive a las conexiones: por eso lo repetido tras reconectar también se descarta.

    ``al_mensaje_nuevo`` ve todo mensaje que no sea un tick; ``al_respuesta_huerfana``, las respuestas de compra que ya
    nadie esperaba.
    """

    def __init__(self, publicar: Publicar, hora_sede: HoraSede) -> None:
        self.cuenta = ""
        self.saldo: Saldo | None = None
        self.ultimo_movimiento: Movimiento | None = None
        self.al_mensaje_nuevo: list[Callable[[Mensaje], None]] = []
        self.al_respuesta_huerfana: list[Callable[[Mensaje], None]] = []
        self.filtro = FiltroTicks()
        self._publicar = publicar
        self._hora_sede = hora_sede
        self._vistos: OrderedDict[str, None] = OrderedDict()

    def publicar(self, evento: EventoSede) -> None:
        """Entrega un evento. Un fallo de quien escucha no tira la conexión."""
        try:
            self._publicar(evento)
        except Exception:
            registro.exception("quien escucha a Deriv falló")

    def rancio(self, simbolo: str, edad_ms: int) -> None:
        """Publica que un símbolo abierto no da ticks."""
        self.publicar(DatosRancios(simbolo=simbolo, edad_ms=edad_ms))

    def al_tick(self, trama: TramaTick) -> None:
        crudo = trama.tick
        self._tick(Tick(crudo.symbol, crudo.epoch * 1000, crudo.quote, crudo.bid or 0.0, crudo.ask or 0.0))

    def _tick(self, tick: Tick) -> None:
        if self.filtro.admitir(tick, self._hora_sede.tiempo(), self._hora_sede.epoch_ms()):
            self.publicar(tick)

    def al_mensaje(self, mensaje: Mensaje, pedido: bool) -> None:
        tipo = mensaje.get("msg_type")
        if tipo == "tick":
            self._tick_raro(codec.objeto(mensaje, "tick"))
        elif tipo == "balance":
            self._balance(codec.objeto(mensaje, "balance"))
        elif tipo == "transaction":
            self._transaccion(codec.objeto(mensaje, "transaction"))
        elif tipo == "buy" and not pedido:
            for gancho in self.al_respuesta_huerfana:
                gancho(mensaje)
        for gancho in self.al_mensaje_nuevo:
            gancho(mensaje)

    def _tick_raro(self, fila: dict[str, Any]) -> None:
        precio, epoch = codec.importe(fila.get("quote")), codec.entero(fila.get("epoch"))
        if precio is not None and epoch is not None:
            compra, venta = codec.importe(fila.get("bid")), codec.importe(fila.get("ask"))
            self._tick(Tick(codec.simbolo_de(fila), epoch * 1000, float(precio), float(compra or 0), float(venta or 0)))

    def _balance(self, fila: dict[str, Any]) -> None:
        saldo = codec.a_saldo(fila, self.cuenta)
        if saldo is not None:
            self.saldo = saldo
            self.publicar(BalanceSede(saldo=saldo))

    def _transaccion(self, fila: dict[str, Any]) -> None:
        movimiento = codec.a_movimiento(fila)
        if movimiento is None or movimiento.transaccion in self._vistos:
            return
        self._vistos[movimiento.transaccion] = None
        if len(self._vistos) > RECORDADOS:
            self._vistos.popitem(last=False)
        self.apuntar_movimiento(movimiento)
        self.publicar(MovimientoCuenta(movimiento=movimiento))

    def apuntar_movimiento(self, movimiento: Movimiento | None) -> None:
        ultimo = self.ultimo_movimiento
        if movimiento is not None and (ultimo is None or int(movimiento.transaccion) > int(ultimo.transaccion)):
            self.ultimo_movimiento = movimiento

    def apuntar_compra(self, aceptacion: Aceptacion) -> None:
        """Apunta que una compra nuestra es ya la última fila conocida del extracto."""
        if aceptacion.transaccion is not None and aceptacion.balance_despues is not None:
            self.apuntar_movimiento(
                Movimiento(
                    transaccion=aceptacion.transaccion,
                    accion="buy",
                    importe=-aceptacion.precio,
                    balance_despues=aceptacion.balance_despues,
                    hora=aceptacion.hora,
                    referencia=aceptacion.referencia,
                )
            )
