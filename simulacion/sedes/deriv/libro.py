"""El libro de la sede: lo que de verdad pasó. Es el oráculo de las pruebas y no sabe de mensajes.

Una compra quita la prima; una liquidación paga o no paga, siempre con su fila de extracto. Los identificadores de
transacción crecen siempre, como en la sede. Los ticks los trae quien lo usa con ``avanzar`` o ``poner_al_dia``.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from dominio.azar import Azar, AzarSemilla
from dominio.dinero import CERO, a_decimal
from dominio.reloj import Reloj
from simulacion.indices import FuenteTicks
from simulacion.sedes.deriv import liquidacion, persistencia, precios
from simulacion.sedes.deriv.consultas import ConsultasDeriv
from simulacion.sedes.deriv.modelos import Contrato, Cuenta, EnvioRecibido, Movida, Pedido, Rechazo, Suceso

BALANCE_DEMO = Decimal(10_000)
PRIMER_CONTRATO = 260_000_000_000
PRIMERA_TRANSACCION = 520_000_000_000
Observador = Callable[[Suceso], None]


class LibroDeriv(ConsultasDeriv):
    """Cuentas, contratos y extracto de una sede simulada, sobre una fuente de ticks.

    ``margen`` fija el pago; ``ruta`` guarda el libro en un JSON tras cada cambio (y lo lee al empezar, si existe).
    """

    def __init__(
        self,
        mercado: FuenteTicks,
        reloj: Reloj,
        azar: Azar | None = None,
        *,
        margen: Decimal = precios.MARGEN_HISTORICO,
        ruta: Path | None = None,
    ) -> None:
        self.mercado = mercado
        self.reloj = reloj
        self.azar = azar or AzarSemilla(0)
        self.margen = margen
        self.ruta = ruta
        self.cuentas: dict[str, Cuenta] = {}
        self.contratos: dict[int, Contrato] = {}
        self.movidas: list[Movida] = []
        self.envios: list[EnvioRecibido] = []
        self.conexiones_a_real = 0
        self.observadores: list[Observador] = []
        self.extras: dict[str, object] = {}
        self._abiertos: dict[str, dict[int, Contrato]] = {}
        self._contrato = PRIMER_CONTRATO
        self._transaccion = PRIMERA_TRANSACCION
        if ruta is not None and ruta.exists():
            persistencia.cargar(self, ruta)

    # --- cuentas -------------------------------------------------------------------------------------------------

    def crear_cuenta(
        self,
        id: str,
        *,
        tipo: str = "demo",
        balance: "Decimal | int | str" = BALANCE_DEMO,
        moneda: str = "USD",
        estado: str = "active",
        token: str = "",
    ) -> Cuenta:
        """Devuelve la cuenta nueva, o la que ya había con ese identificador."""
        if id not in self.cuentas:
            inicial = a_decimal(balance)
            self.cuentas[id] = Cuenta(id, tipo, inicial, moneda, estado, token, balance_inicial=inicial)
            self.guardar()
        return self.cuentas[id]

    def mover(self, cuenta: str, accion: str, importe: Decimal) -> Movida:
        """Anota un ingreso o una retirada que el cliente no hizo por su conexión. Raises Rechazo si no hay saldo."""
        if self.cuentas[cuenta].balance + importe < 0:
            raise Rechazo("InsufficientBalance", "Your account balance is insufficient.")
        movida = self._anotar(cuenta, accion, importe, propia=False)
        self._publicar(Suceso("movimiento", cuenta, None, movida))
        return movida

    def reponer_demo(self, cuenta: str) -> Movida | None:
        """Deja una cuenta demo en 10 000; devuelve la movida, o None si ya estaba. Raises Rechazo si es real."""
        dueno = self.cuentas[cuenta]
        if not dueno.es_demo:
            raise Rechazo("ValidationError", "Only demo accounts can be reset.")
        importe = BALANCE_DEMO - dueno.balance
        if importe == 0:
            return None
        return self.mover(cuenta, "deposit" if importe > 0 else "withdrawal", importe)

    # --- contratos -----------------------------------------------------------------------------------------------

    def cotizar(self, pedido: Pedido) -> precios.Precio:
        """Devuelve el precio de ahora. Raises Rechazo con el código de la sede."""
        precios.comprobar_oferta(pedido, self.mercado.indices.get(pedido.simbolo))
        tick = self.mercado.ultimo(pedido.simbolo, self.ahora_s())
        if tick is None:
            raise Rechazo("MissingTickMarketData", "There is no market data for this symbol.")
        return precios.cotizar(pedido, self.margen, tick)

    def comprar(
        self, cuenta: str, pedido: Pedido, precio: precios.Precio, *, propia: bool = True, conexion: str = ""
    ) -> Contrato:
        """Devuelve el contrato comprado a ese precio. Raises Rechazo si falta saldo."""
        dueno = self.cuentas[cuenta]
        if dueno.balance < precio.prima:
            texto = f"Your account balance ({dueno.balance:.2f} {dueno.moneda}) is insufficient to buy this contract."
            raise Rechazo("InsufficientBalance", texto)
        self._contrato += self.azar.entero(1, 900)
        ahora = self.ahora_s()
        contrato = Contrato(
            id=self._contrato,
            cuenta=cuenta,
            pedido=pedido,
            precio=precio.prima,
            pago=precio.pago,
            inicio=ahora,
            transaccion_compra=0,
            propia=propia,
            conexion=conexion,
            comprado_ms=self.reloj.epoch_ms(),
            vence=None if pedido.ticks else ahora + pedido.segundos,
            serie=[],
        )
        self.contratos[contrato.id] = contrato
        self._abiertos.setdefault(pedido.simbolo, {})[contrato.id] = contrato
        if propia:
            dueno.abiertas += 1
            dueno.abiertas_max = max(dueno.abiertas_max, dueno.abiertas)
        movida = self._anotar(cuenta, "buy", -precio.prima, contrato=contrato)
        contrato.transaccion_compra = movida.id
        self.guardar()
        self._publicar(Suceso("compra", cuenta, contrato, movida))
        return contrato

    def avanzar(self, simbolo: str, epoch: int, precio: float) -> None:
        """Aplica un tick a los contratos abiertos del símbolo y liquida los que toquen; publica cada suceso."""
        abiertos = self._abiertos.get(simbolo)
        if not abiertos:
            return
        for contrato in tuple(abiertos.values()):
            paso = liquidacion.aplicar_tick(contrato, epoch, precio)
            if paso == liquidacion.LIQUIDABLE:
                self._publicar(Suceso("vence", contrato.cuenta, contrato))
                if contrato.retener_hasta is None or contrato.retener_hasta <= epoch:
                    self.liquidar(contrato, epoch)
                    continue
                paso = liquidacion.VENCIDO
            if paso:
                self._publicar(Suceso(paso, contrato.cuenta, contrato))

    def liquidar(self, contrato: Contrato, epoch: int) -> None:
        """Cierra el contrato a esa hora: paga, pierde o devuelve la prima, y lo publica."""
        contrato.estado, contrato.cobrado = liquidacion.resultado(contrato)
        contrato.vendido_en = epoch
        self._abiertos[contrato.pedido.simbolo].pop(contrato.id, None)
        if contrato.propia:
            self.cuentas[contrato.cuenta].abiertas -= 1
        movida = self._anotar(contrato.cuenta, "sell", contrato.cobrado, contrato=contrato, hora=epoch)
        contrato.transaccion_venta = movida.id
        self.guardar()
        self._publicar(Suceso("venta", contrato.cuenta, contrato, movida))

    def poner_al_dia(self, hasta_s: int | None = None) -> None:
        """Aplica a los contratos abiertos todos los ticks pasados que les falten, en orden de hora."""
        limite = self.ahora_s() if hasta_s is None else hasta_s
        pendientes: list[tuple[int, str, float]] = []
        for simbolo, abiertos in self._abiertos.items():
            if abiertos:
                desde = min(c.ultimo[0] if c.ultimo else c.inicio for c in abiertos.values()) + 1
                horas, valores = self.mercado.tramo(simbolo, desde, limite)
                pendientes += [(int(h), simbolo, float(v)) for h, v in zip(horas, valores, strict=True)]
        for epoch, simbolo, valor in sorted(pendientes):
            self.avanzar(simbolo, epoch, valor)

    # --- interior ------------------------------------------------------------------------------------------------

    def ahora_s(self) -> int:
        """Devuelve la hora de la sede en segundos enteros."""
        return self.reloj.epoch_ms() // 1000

    def simbolos_abiertos(self) -> list[str]:
        """Devuelve los símbolos con algún contrato abierto."""
        return [simbolo for simbolo, abiertos in self._abiertos.items() if abiertos]

    def abiertos_de(self, simbolo: str) -> tuple[Contrato, ...]:
        """Devuelve los contratos abiertos de un símbolo."""
        return tuple(self._abiertos.get(simbolo, {}).values())

    def guardar(self) -> None:
        """Escribe el libro en su fichero, si tiene: entero y de una vez."""
        if self.ruta is not None:
            persistencia.guardar(self, self.ruta)

    def _anotar(
        self,
        cuenta: str,
        accion: str,
        importe: Decimal,
        *,
        contrato: Contrato | None = None,
        propia: bool | None = None,
        hora: int | None = None,
    ) -> Movida:
        dueno = self.cuentas[cuenta]
        dueno.balance += importe
        self._transaccion += self.azar.entero(1, 40)
        movida = Movida(
            id=self._transaccion,
            cuenta=cuenta,
            accion=accion,
            importe=importe or CERO,
            balance=dueno.balance,
            hora=self.ahora_s() if hora is None else hora,
            contrato=contrato.id if contrato else None,
            referencia=contrato.transaccion_compra if contrato and accion == "sell" else None,
            propia=contrato.propia if contrato and propia is None else bool(propia),
        )
        self.movidas.append(movida)
        if contrato is None:
            self.guardar()
        return movida

    def _publicar(self, suceso: Suceso) -> None:
        for observador in tuple(self.observadores):
            observador(suceso)
