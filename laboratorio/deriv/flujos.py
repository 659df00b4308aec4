"""Las suscripciones vivas y a quién hay que contarle cada suceso del libro."""

import contextlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from dominio.dinero import truncar
from laboratorio.deriv.respuestas import Mensaje, barajar, uuid
from simulacion.sedes.deriv import Contrato, Rechazo, Suceso

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv
    from laboratorio.deriv.sesion_ws import Sesion

TICKS, VELAS, BALANCE, TRANSACCIONES, PROPUESTA = "ticks", "candles", "balance", "transaction", "proposal"
CONTRATO, CONTRATOS, SITIO = "proposal_open_contract", "todos_los_contratos", "website_status"
SUSCRIPCIONES_MAX = 100


class Suscripcion(msgspec.Struct, kw_only=True, eq=False):
    """Un flujo pedido por una sesión; cada mensaje repite su petición y su identificador."""

    id: str
    sesion: Any
    clase: str
    clave: Any
    peticion: Mensaje
    datos: dict[str, Any]


class Entrega(msgspec.Struct, frozen=True):
    """Un mensaje por entregar: qué es, a qué sesión y cómo se escribe."""

    clase: str
    sesion: Any
    escribir: Callable[[], None]


class Flujos:
    """Registro de suscripciones y reparto de sucesos."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        self._servidor = servidor
        self._temas: dict[tuple[str, Any], dict[str, Suscripcion]] = {}
        self._aplazadas: list[Entrega] | None = None

    # --- registro ------------------------------------------------------------------------------------------------

    def alta(self, sesion: "Sesion", clase: str, clave: Any, peticion: Mensaje, **datos: Any) -> Suscripcion:
        """Devuelve la suscripción nueva. Raises Rechazo AlreadySubscribed si la sesión ya la tiene."""
        if any(s.clase == clase and s.clave == clave for s in sesion.suscripciones.values()):
            raise Rechazo("AlreadySubscribed", f"You are already subscribed to {clave or clase}.")
        if len(sesion.suscripciones) >= SUSCRIPCIONES_MAX:
            raise Rechazo("RateLimit", "You have reached the limit of subscriptions.")
        uno = Suscripcion(
            id=uuid(self._servidor.azar), sesion=sesion, clase=clase, clave=clave, peticion=peticion, datos=datos
        )
        sesion.suscripciones[uno.id] = uno
        self._temas.setdefault((clase, clave), {})[uno.id] = uno
        return uno

    def baja(self, uno: Suscripcion) -> None:
        """Quita una suscripción: nada más se le envía."""
        uno.sesion.suscripciones.pop(uno.id, None)
        tema = self._temas.get((uno.clase, uno.clave))
        if tema is not None:
            tema.pop(uno.id, None)
            if not tema:
                del self._temas[(uno.clase, uno.clave)]

    def de(self, clase: str, clave: Any) -> tuple[Suscripcion, ...]:
        """Devuelve las suscripciones vivas a un tema."""
        tema = self._temas.get((clase, clave))
        return tuple(tema.values()) if tema else ()

    # --- reparto -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def aplazar(self) -> Iterator[list[Entrega]]:
        """Recoge las entregas que se produzcan dentro, en vez de enviarlas."""
        anteriores, self._aplazadas = self._aplazadas, []
        try:
            yield self._aplazadas
        finally:
            self._aplazadas = anteriores

    def al_suceder(self, suceso: Suceso) -> None:
        """Observador del libro."""
        efectos = self._servidor.efectos
        if suceso.clase == "vence":
            assert suceso.contrato is not None
            efectos.al_vencer(suceso.contrato)
        elif suceso.clase == "venta":
            assert suceso.contrato is not None
            self._repartir(efectos.al_vender(suceso.contrato, self._de_liquidacion(suceso)))
            efectos.tras_vender(suceso.contrato)
        elif suceso.clase in ("compra", "movimiento"):
            self._repartir(barajar(self._servidor.azar, self._de_cuenta(suceso)))
            self._seguir_todos(suceso)
        elif suceso.contrato is not None:
            if suceso.clase == "entrada":
                efectos.al_entrar(suceso.contrato)
            self._repartir(self._de_contrato(suceso.contrato))

    def _repartir(self, entregas: list[Entrega]) -> None:
        if self._aplazadas is not None:
            self._aplazadas.extend(entregas)
            return
        for entrega in entregas:
            entrega.escribir()

    def _de_cuenta(self, suceso: Suceso) -> list[Entrega]:
        movida = suceso.movida
        assert movida is not None
        cuenta = self._servidor.libro.cuentas[suceso.cuenta]
        entregas = []
        for uno in self.de(TRANSACCIONES, suceso.cuenta):
            indice = self._servidor.indice(suceso.contrato)
            fila = uno.sesion.dialecto.movida(movida, suceso.contrato, indice, cuenta.moneda)
            entregas.append(Entrega(TRANSACCIONES, uno.sesion, escritor(uno, "transaction", fila)))
        for uno in self.de(BALANCE, suceso.cuenta):
            foto = uno.sesion.dialecto.balance(cuenta)
            entregas.append(Entrega(BALANCE, uno.sesion, escritor(uno, "balance", foto)))
        return entregas

    def _de_contrato(self, contrato: Contrato) -> list[Entrega]:
        entregas = []
        for uno in self.de(CONTRATO, contrato.id):
            foto = self.foto_contrato(uno.sesion, contrato)
            entregas.append(Entrega(CONTRATO, uno.sesion, escritor(uno, CONTRATO, foto)))
        return entregas

    def _de_liquidacion(self, suceso: Suceso) -> list[Entrega]:
        contrato = suceso.contrato
        assert contrato is not None
        finales = self._de_contrato(contrato)
        for uno in self.de(CONTRATO, contrato.id):
            self.baja(uno)  # tras el mensaje final el flujo se acaba solo
        return barajar(self._servidor.azar, self._de_cuenta(suceso) + finales)

    def _seguir_todos(self, suceso: Suceso) -> None:
        contrato = suceso.contrato
        if contrato is None:
            return
        for todos in self.de(CONTRATOS, suceso.cuenta):
            if todos.sesion.dialecto.poc_sigue_compras:
                uno = self.alta(todos.sesion, CONTRATO, contrato.id, todos.peticion)
                self._repartir([Entrega(CONTRATO, uno.sesion, escritor(uno, CONTRATO, self._foto(uno, contrato)))])

    def _foto(self, uno: Suscripcion, contrato: Contrato) -> Mensaje:
        return self.foto_contrato(uno.sesion, contrato)

    def foto_contrato(self, sesion: "Sesion", contrato: Contrato) -> Mensaje:
        """Devuelve el estado de un contrato como lo escribe el dialecto de la sesión."""
        servidor = self._servidor
        indice = servidor.libro.mercado.indices[contrato.pedido.simbolo]
        tick = servidor.libro.mercado.ultimo(contrato.pedido.simbolo, servidor.libro.ahora_s())
        tick = tick or (contrato.inicio, indice.nivel)
        return sesion.dialecto.contrato(contrato, indice, tick, _estimacion(contrato, tick[1]))


def escritor(uno: Suscripcion, clave: str, valor: Mensaje) -> Callable[[], None]:
    """Devuelve cómo se escribe una novedad de una suscripción."""
    return lambda: uno.sesion.enviar_flujo(uno, clave, valor)


def _estimacion(contrato: Contrato, spot: float) -> Decimal:
    """Devuelve lo que la sede dice que vale un contrato vivo: un número sin sentido hasta que se liquida."""
    if contrato.entrada is None:
        return truncar(contrato.pago * Decimal("0.97"), 2)
    va_ganando = (spot > contrato.entrada[1]) == contrato.pedido.tipo.startswith("CALL")
    return truncar(contrato.pago * (Decimal("0.91") if va_ganando else Decimal("0.07")), 2)
