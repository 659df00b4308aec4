"""El ciclo de vida de una orden: intención, estados, transiciones permitidas y resultado de un envío.

Ninguna orden sale sin intención confirmada, ninguna sale dos veces, y lo que no se sabe es DESCONOCIDA.
"""

import base64
import hashlib
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from dominio.errores import ErrorTransicion
from dominio.instrumentos import Entorno, Sede
from dominio.senales import Direccion


class EstadoOrden(StrEnum):
    """Estados de una orden, en el orden en que suelen ocurrir."""

    PLANEADA = "PLANEADA"
    DENEGADA = "DENEGADA"
    APROBADA = "APROBADA"
    CADUCADA = "CADUCADA"
    ENVIANDO = "ENVIANDO"
    NO_ENVIADA = "NO_ENVIADA"
    RECHAZADA = "RECHAZADA"
    DESCONOCIDA = "DESCONOCIDA"
    REVISION = "REVISION"
    NO_COLOCADA = "NO_COLOCADA"
    ACEPTADA = "ACEPTADA"
    ACTIVA = "ACTIVA"
    PARCIAL = "PARCIAL"
    EJECUTADA = "EJECUTADA"
    CANCELADA = "CANCELADA"
    VENCIDA = "VENCIDA"


_E = EstadoOrden
_VIVAS = frozenset({_E.ACTIVA, _E.PARCIAL, _E.EJECUTADA, _E.CANCELADA, _E.VENCIDA})
TRANSICIONES: dict[EstadoOrden, frozenset[EstadoOrden]] = {
    _E.PLANEADA: frozenset({_E.DENEGADA, _E.APROBADA}),
    _E.APROBADA: frozenset({_E.CADUCADA, _E.ENVIANDO}),
    _E.ENVIANDO: frozenset({_E.NO_ENVIADA, _E.RECHAZADA, _E.DESCONOCIDA, _E.ACEPTADA}),
    _E.DESCONOCIDA: frozenset({_E.ACEPTADA, _E.NO_COLOCADA, _E.REVISION}),
    _E.REVISION: frozenset({_E.ACEPTADA, _E.NO_COLOCADA}),
    # Llegada tardía: se adopta durante la vigilancia o, si pueden ser varias, decide una persona.
    _E.NO_COLOCADA: frozenset({_E.ACEPTADA, _E.REVISION}),
    _E.ACEPTADA: _VIVAS,
    _E.ACTIVA: _VIVAS - {_E.ACTIVA},
    _E.PARCIAL: _VIVAS,
    _E.CANCELADA: frozenset({_E.PARCIAL, _E.EJECUTADA}),  # ejecuciones que llegan tarde
    _E.VENCIDA: frozenset({_E.PARCIAL, _E.EJECUTADA}),
}
BLOQUEAN_ENTRADAS = frozenset({_E.ENVIANDO, _E.DESCONOCIDA, _E.REVISION})
CON_RESERVA = frozenset({_E.APROBADA, *BLOQUEAN_ENTRADAS, _E.ACEPTADA, _E.ACTIVA, _E.PARCIAL})


def comprobar_transicion(desde: EstadoOrden, hasta: EstadoOrden) -> None:
    """Raises ErrorTransicion (ORD-01) si el ciclo de vida no permite pasar de un estado al otro."""
    if hasta not in TRANSICIONES.get(desde, frozenset()):
        raise ErrorTransicion("ORD-01", f"Una orden no pasa de {desde} a {hasta}.")


class TipoOrden(StrEnum):
    """Qué se pide a la sede. CONTRATO es una opción con prima y vencimiento."""

    CONTRATO = "contrato"
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class Proposito(StrEnum):
    """Para qué: solo ENTRADA puede aumentar la exposición."""

    ENTRADA = "entrada"
    CIERRE = "cierre"
    PROTECCION = "proteccion"


def id_cliente(instalacion: str, cuenta: str, clave_senal: str) -> str:
    """Devuelve 26 caracteres ``[a-z2-7]``, los mismos para la misma señal: base32 de 16 octetos de SHA-256."""
    resumen = hashlib.sha256(f"{instalacion}\x1f{cuenta}\x1f{clave_senal}".encode()).digest()[:16]
    return base64.b32encode(resumen).decode().rstrip("=").lower()


class Intencion(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que se va a pedir a una sede, completo y confirmado ANTES de pedirlo.

    ``monto`` es la prima (contratos) o la cantidad (lo demás); ``riesgo`` lo que se puede perder, en ``moneda``;
    ``precio_max`` lo más que se acepta pagar; ``pago`` lo que la sede paga si gana, prima incluida.
    ``vence_en``: después no se envía. ``contexto``: por qué, con qué datos (se audita).
    """

    id_cliente: str
    sede: Sede
    cuenta: str
    entorno: Entorno
    bot: str
    clave_senal: str
    simbolo: str
    direccion: Direccion
    tipo: TipoOrden
    monto: Decimal
    moneda: str
    riesgo: Decimal
    creada_en: datetime
    vence_en: datetime
    proposito: Proposito = Proposito.ENTRADA
    precio_max: Decimal | None = None
    pago: Decimal | None = None
    cotizacion_id: str | None = None
    duracion: int | None = None
    unidad_duracion: str | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    magic: int | None = None
    confianza_pct: float | None = None
    contexto: dict[str, Any] = {}

    @property
    def aumenta_exposicion(self) -> bool:
        """Devuelve si puede aumentar la exposición: entonces jamás se reenvía ni se desvía."""
        return self.proposito is Proposito.ENTRADA


class Aceptacion(msgspec.Struct, frozen=True, kw_only=True):
    """La prueba de que la sede tiene la orden: su referencia y en qué condiciones."""

    referencia: str
    hora: datetime
    precio: Decimal
    transaccion: str | None = None
    pago: Decimal | None = None
    balance_despues: Decimal | None = None
    tras_buscar: bool = False  # hallada por el reconciliador, no por la respuesta


class ResultadoEnvio(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se sabe tras un envío: ``estado`` es ACEPTADA, RECHAZADA, DESCONOCIDA o NO_ENVIADA y nada más."""

    estado: EstadoOrden
    codigo: str = ""
    mensaje: str = ""
    aceptacion: Aceptacion | None = None


class Busqueda(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que la sede dice de una orden de suerte desconocida.

    ``limpia``: todas las lecturas respondieron. ``balance_explicado``: cada cambio del balance desde el envío
    tiene su fila en el extracto. Solo una búsqueda limpia, vacía y explicada cuenta como «no está».
    """

    coincidencias: tuple[Aceptacion, ...]
    limpia: bool
    balance_explicado: bool
