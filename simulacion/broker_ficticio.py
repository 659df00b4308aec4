"""Un broker que no envía nada: cotiza en la sede viva y liquida con sus reglas sobre los ticks vivos.

Sirve al entorno ``papel``. Tras un corte, los ticks que faltan se leen de la historia de la sede, para liquidar con los
mismos que ella. Lo que no se puede reconstruir (murió el proceso, la historia no llega) queda NULO, nunca inventado.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from dominio.dinero import CERO, a_decimal
from dominio.errores import ErrorDenegado
from dominio.eventos import PosicionCerrada
from dominio.ordenes import Aceptacion, Busqueda, EstadoOrden, Intencion, ResultadoEnvio
from dominio.posiciones import Liquidacion, Movimiento, PosicionSede, Resultado, Saldo
from dominio.puertos import Broker, Capacidades, Cotizacion, LectorSede, Mercado, PlanContrato, Publicar
from dominio.reloj import Reloj, de_epoch
from dominio.senales import Direccion
from dominio.velas import Tick
from simulacion.sedes.deriv.liquidacion import LIQUIDABLE, aplicar_tick, resultado
from simulacion.sedes.deriv.modelos import GANADO, Contrato, Pedido

PREFIJO = "papel-"
HISTORIA = 1000
RECORDADAS = 1000


class BrokerFicticio:
    """Cumple ``Broker`` y ``LectorSede`` sin escribir en la sede. ``vivo``, ``lector`` y ``mercado`` solo se leen.

    ``balance`` da el balance del libro propio; ``al_faltar`` se llama cuando hay que releer la historia para seguir.
    """

    capacidades: Capacidades

    def __init__(
        self,
        *,
        vivo: Broker,
        lector: LectorSede,
        mercado: Mercado,
        reloj: Reloj,
        publicar: Publicar,
        cuenta: str,
        moneda: str,
        balance: Callable[[], Decimal],
        al_faltar: Callable[[], None] = lambda: None,
    ) -> None:
        self.capacidades = vivo.capacidades
        self._vivo = vivo
        self._lector = lector
        self._mercado = mercado
        self._al_faltar = al_faltar
        self._reloj = reloj
        self._publicar = publicar
        self._cuenta = cuenta
        self._moneda = moneda
        self._balance = balance
        self._contratos: dict[str, Contrato] = {}
        self._posiciones: dict[str, PosicionSede] = {}
        self._huecos: set[str] = set()

    async def cotizar(self, plan: PlanContrato) -> Cotizacion:
        """Devuelve el precio que la sede viva ofrece ahora."""
        return await self._vivo.cotizar(plan)

    async def enviar(self, intencion: Intencion, comprobar: Callable[[], None]) -> ResultadoEnvio:
        """Abre un contrato ficticio con el pago cotizado. Raises ErrorDenegado (PAP-01) si faltan sus datos."""
        comprobar()
        if intencion.pago is None or intencion.duracion is None or intencion.unidad_duracion is None:
            raise ErrorDenegado("PAP-01", "En papel solo se abren contratos con duración y pago cotizado.")
        ahora = self._reloj.ahora()
        referencia = PREFIJO + intencion.id_cliente
        precio = intencion.precio_max or intencion.monto
        inicio = self._reloj.epoch_ms() // 1000
        segundos = 0 if intencion.unidad_duracion == "t" else intencion.duracion
        pedido = Pedido(
            str(intencion.direccion), intencion.simbolo, precio, intencion.duracion, intencion.unidad_duracion
        )
        while len(self._posiciones) > RECORDADAS:
            del self._posiciones[next(iter(self._posiciones))]
        self._contratos[referencia] = Contrato(
            id=len(self._contratos) + 1,
            cuenta=self._cuenta,
            pedido=pedido,
            precio=precio,
            pago=intencion.pago,
            inicio=inicio,
            transaccion_compra=0,
            vence=inicio + segundos if segundos else None,
            serie=[],
        )
        self._posiciones[referencia] = PosicionSede(
            referencia=referencia,
            simbolo=intencion.simbolo,
            direccion=intencion.direccion,
            monto=precio,
            hora_compra=ahora,
            pago=intencion.pago,
        )
        aceptacion = Aceptacion(referencia=referencia, hora=ahora, precio=precio, pago=intencion.pago)
        return ResultadoEnvio(estado=EstadoOrden.ACEPTADA, aceptacion=aceptacion)

    def procesar_tick(self, tick: Tick) -> None:
        """Hace avanzar los contratos abiertos de ese activo y publica los que se liquidan.

        Mientras falten ticks de un activo, los vivos no cuentan: vendrán con la historia, en su sitio.
        """
        if tick.simbolo in self._huecos:
            self._al_faltar()
        else:
            self._avanzar(tick)

    def perder_de_vista(self, simbolo: str | None = None) -> None:
        """Apunta que de ese activo (o de todos) pueden faltar ticks: hasta releer la historia no se liquida nada."""
        abiertos = {contrato.pedido.simbolo for contrato in self._contratos.values()}
        self._huecos |= abiertos if simbolo is None else abiertos & {simbolo}

    def _avanzar(self, tick: Tick) -> None:
        for referencia, contrato in list(self._contratos.items()):
            if contrato.pedido.simbolo != tick.simbolo:
                continue
            if aplicar_tick(contrato, tick.epoch_ms // 1000, tick.precio) == LIQUIDABLE:
                self._cerrar(referencia, self._liquidar(referencia, contrato, tick))

    def _cerrar(self, referencia: str, liquidacion: Liquidacion) -> None:
        del self._contratos[referencia]
        self._posiciones[referencia] = msgspec.structs.replace(self._posiciones[referencia], liquidacion=liquidacion)
        self._publicar(PosicionCerrada(liquidacion))

    async def _rellenar(self) -> None:
        """Pone al día, con la historia de la sede, los contratos de los que faltaban ticks.

        Raises:
            ErrorReintentable: la sede no contesta; se volverá a pedir.
        """
        for simbolo in tuple(self._huecos):
            ticks = await self._mercado.ticks_pasados(simbolo, HISTORIA)
            self._huecos.discard(simbolo)
            self._anular_lo_que_no_alcanza(simbolo, ticks)
            for tick in ticks:
                self._avanzar(tick)

    def _anular_lo_que_no_alcanza(self, simbolo: str, ticks: Sequence[Tick]) -> None:
        primero = ticks[0].epoch_ms // 1000 if ticks else None
        for referencia, contrato in list(self._contratos.items()):
            visto = contrato.inicio if contrato.ultimo is None else contrato.ultimo[0]
            if contrato.pedido.simbolo == simbolo and (primero is None or primero > visto):
                self._cerrar(referencia, self._nula(referencia, contrato.precio))

    def _nula(self, referencia: str, precio: Decimal) -> Liquidacion:
        return Liquidacion(
            referencia=referencia, resultado=Resultado.NULA, beneficio=CERO, cobrado=precio, hora=self._reloj.ahora()
        )

    def _liquidar(self, referencia: str, contrato: Contrato, tick: Tick) -> Liquidacion:
        estado, cobrado = resultado(contrato)
        entrada, salida = contrato.entrada, contrato.salida
        return Liquidacion(
            referencia=referencia,
            resultado=Resultado.GANADA if estado == GANADO else Resultado.PERDIDA,
            beneficio=cobrado - contrato.precio,
            cobrado=cobrado,
            hora=de_epoch(tick.epoch_ms / 1000),
            precio_entrada=None if entrada is None else a_decimal(entrada[1]),
            precio_salida=None if salida is None else a_decimal(salida[1]),
            hora_inicio=de_epoch(contrato.inicio),
            hora_fin=None if salida is None else de_epoch(salida[0]),
        )

    def vigilar(self, referencia: str) -> None:
        """No hay nada que pedir: los ticks vivos bastan."""

    async def buscar(self, intencion: Intencion, enviado_en: datetime) -> Busqueda:
        """Devuelve el contrato ficticio de esa intención, si este proceso lo abrió."""
        posicion = self._posiciones.get(PREFIJO + intencion.id_cliente)
        halladas = () if posicion is None else (_aceptacion(posicion),)
        return Busqueda(coincidencias=halladas, limpia=True, balance_explicado=True)

    async def abiertas(self) -> tuple[PosicionSede, ...]:
        """Devuelve los contratos ficticios abiertos, al día."""
        await self._rellenar()
        return tuple(self._posiciones[referencia] for referencia in self._contratos)

    async def posicion(self, referencia: str) -> PosicionSede | None:
        """Devuelve el contrato, al día; uno de una vida anterior se perdió de vista y es NULO."""
        await self._rellenar()
        conocida = self._posiciones.get(referencia)
        if conocida is not None:
            return conocida
        return PosicionSede(
            referencia=referencia,
            simbolo="",
            direccion=Direccion.CALL,
            monto=CERO,
            hora_compra=self._reloj.ahora(),
            liquidacion=self._nula(referencia, CERO),
        )

    async def movimientos(self, desde: datetime, hasta: datetime) -> tuple[Movimiento, ...]:
        """Devuelve vacío: en papel no se mueve dinero."""
        return ()

    async def saldo(self) -> Saldo:
        """Devuelve el balance ficticio menos las primas de lo abierto, como lo enseñaría la sede."""
        abiertas = sum((contrato.precio for contrato in self._contratos.values()), CERO)
        return Saldo(cuenta=self._cuenta, balance=self._balance() - abiertas, moneda=self._moneda)

    async def hora(self) -> datetime:
        """Devuelve la hora de la sede viva."""
        return await self._lector.hora()


def _aceptacion(posicion: PosicionSede) -> Aceptacion:
    return Aceptacion(
        referencia=posicion.referencia,
        hora=posicion.hora_compra,
        precio=posicion.monto,
        pago=posicion.pago,
        tras_buscar=True,
    )
