"""El entorno papel: precios vivos, dinero de mentira. Nada de lo que hace el bot llega a la sede.

El libro de papel es una cuenta aparte («PAPEL-» y la de verdad): su balance, su estado y su historial no se mezclan con
los de la cuenta real, y lo que pase en la cuenta real (balance, movimientos, cierres) no entra en él.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from core.estado_bot import EstadoBot
from dominio.eventos import (
    BalanceSede,
    ConexionPerdida,
    DatosRancios,
    EventoSede,
    MovimientoCuenta,
    PosicionCerrada,
)
from dominio.puertos import Broker, LectorSede, Mercado, Publicar
from dominio.reloj import Reloj, a_epoch_ms
from dominio.velas import Tick
from simulacion.broker_ficticio import BrokerFicticio

PREFIJO = "PAPEL-"
BALANCE_INICIAL = Decimal(10_000)


class Extremos(msgspec.Struct, frozen=True, kw_only=True):
    """Con quién habla el bot: la sede o, en papel, un libro propio sobre los precios de la sede.

    ``contexto``: lo que se guarda con cada intención. ``desviar``: de quien oye al bot, a quien oye a la sede.
    """

    broker: Broker
    lector: LectorSede
    vigilar: Callable[[str], None]
    contexto: Callable[[], dict[str, Any]]
    desviar: Callable[[Publicar], Publicar] = lambda destino: destino


class ConEstado(Protocol):
    """Quien lleva las cuentas del bot."""

    estado: EstadoBot


def cuenta_de_papel(cuenta: str) -> str:
    """Devuelve el nombre de la cuenta de papel que acompaña a una de la sede."""
    return PREFIJO + cuenta


class Papel:
    """Pone el broker ficticio entre la sede y el bot. ``contable`` se asigna cuando ya tiene estado."""

    def __init__(
        self,
        *,
        vivo: Broker,
        lector: LectorSede,
        mercado: Mercado,
        reloj: Reloj,
        cuenta: str,
        moneda: str,
        al_faltar: Callable[[], None],
    ) -> None:
        self.contable: ConEstado | None = None
        self._reloj = reloj
        self._destino: Publicar = lambda _evento: None
        self.broker = BrokerFicticio(
            vivo=vivo,
            lector=lector,
            mercado=mercado,
            reloj=reloj,
            publicar=lambda evento: self._destino(evento),
            cuenta=cuenta,
            moneda=moneda,
            balance=self._balance,
            al_faltar=al_faltar,
        )

    def extremos(self) -> Extremos:
        """Devuelve los extremos de un bot en papel: no hay por dónde escribir en la sede."""
        return Extremos(
            broker=self.broker,
            lector=self.broker,
            vigilar=self.broker.vigilar,
            contexto=lambda: {"hora_sede_ms": a_epoch_ms(self._reloj.ahora())},
            desviar=self._desviar,
        )

    def _balance(self) -> Decimal:
        return BALANCE_INICIAL if self.contable is None else self.contable.estado.libro.asentado

    def _desviar(self, destino: Publicar) -> Publicar:
        self._destino = destino
        return self._publicar

    def _publicar(self, evento: EventoSede) -> None:
        """Entrega al bot lo que vale en papel: los ticks (que además liquidan) y la salud de la conexión."""
        match evento:
            case BalanceSede() | MovimientoCuenta() | PosicionCerrada():
                return  # son de la cuenta de verdad
            case Tick():
                self.broker.procesar_tick(evento)
            case ConexionPerdida():
                self.broker.perder_de_vista()
            case DatosRancios(simbolo=simbolo):
                self.broker.perder_de_vista(simbolo)
        self._destino(evento)
