"""Las filas del libro de Deriv: cuentas, pedidos, contratos y movidas del extracto. Horas en segundos enteros."""

from decimal import Decimal
from typing import Any

import msgspec

from dominio.dinero import CERO

SEGUNDOS_POR_UNIDAD = {"s": 1, "m": 60, "h": 3600, "d": 86400}
ABIERTO, GANADO, PERDIDO, VENDIDO, ANULADO = "open", "won", "lost", "sold", "cancelled"


class Rechazo(Exception):
    """La sede dice que no: ``codigo`` y ``mensaje`` son los suyos, en inglés, tal como viajan."""

    def __init__(self, codigo: str, mensaje: str, detalles: dict[str, Any] | None = None) -> None:
        super().__init__(f"{codigo}: {mensaje}")
        self.codigo = codigo
        self.mensaje = mensaje
        self.detalles = detalles


class Cuenta(msgspec.Struct):
    """Una cuenta de la sede: ``tipo`` demo o real, ``estado`` active o inactive, ``token`` de quien la posee."""

    id: str
    tipo: str
    balance: Decimal
    moneda: str = "USD"
    estado: str = "active"
    token: str = ""
    grupo: str = "row"
    abiertas: int = 0
    abiertas_max: int = 0
    balance_inicial: Decimal = CERO

    @property
    def es_demo(self) -> bool:
        return self.tipo == "demo"


class Pedido(msgspec.Struct, frozen=True):
    """Qué contrato se quiere: ``base`` es «stake» (monto = prima) o «payout» (monto = pago si gana)."""

    tipo: str
    simbolo: str
    monto: Decimal
    duracion: int
    unidad: str
    base: str = "stake"
    moneda: str = "USD"

    @property
    def ticks(self) -> int:
        """Devuelve la duración en ticks, o 0 si es de tiempo."""
        return self.duracion if self.unidad == "t" else 0

    @property
    def segundos(self) -> int:
        """Devuelve la duración en segundos, o 0 si es de ticks."""
        return 0 if self.unidad == "t" else self.duracion * SEGUNDOS_POR_UNIDAD[self.unidad]


class Contrato(msgspec.Struct, kw_only=True):
    """Un contrato comprado, vivo o acabado.

    ``propia``: lo compró un cliente por su conexión (y no lo inyectó una prueba como ajeno). ``retener_hasta``: la sede
    no lo liquida antes de esa hora aunque haya vencido. ``anular``: el estado («cancelled» o «sold») con que
    acabará devolviendo la prima, o vacío si se liquida como es debido.
    """

    id: int
    cuenta: str
    pedido: Pedido
    precio: Decimal
    pago: Decimal
    inicio: int
    transaccion_compra: int
    propia: bool = True
    conexion: str = ""
    comprado_ms: int = 0
    vence: int | None = None
    entrada: tuple[int, float] | None = None
    ultimo: tuple[int, float] | None = None
    salida: tuple[int, float] | None = None
    serie: list[tuple[int, float]] = []
    vencido: bool = False
    estado: str = ABIERTO
    cobrado: Decimal = CERO
    vendido_en: int | None = None
    transaccion_venta: int | None = None
    retener_hasta: int | None = None
    anular: str = ""

    @property
    def cerrado(self) -> bool:
        return self.estado != ABIERTO

    @property
    def beneficio(self) -> Decimal:
        """Devuelve cobrado menos pagado; solo tiene sentido cuando está cerrado."""
        return self.cobrado - self.precio


class Movida(msgspec.Struct, kw_only=True):
    """Una fila del extracto: cambia el balance una vez. ``propia`` es falso en todo lo que el cliente no hizo."""

    id: int
    cuenta: str
    accion: str
    importe: Decimal
    balance: Decimal
    hora: int
    contrato: int | None = None
    referencia: int | None = None
    propia: bool = True


class Suceso(msgspec.Struct, frozen=True):
    """Algo que pasó en el libro: ``compra``, ``entrada``, ``tick``, ``vencido``, ``venta`` o ``movimiento``."""

    clase: str
    cuenta: str
    contrato: Contrato | None = None
    movida: Movida | None = None


class EnvioRecibido(msgspec.Struct, frozen=True):
    """Una petición de compra que llegó por una conexión: cuándo, cuál y en qué acabó (contrato o código de rechazo)."""

    hora_ms: int
    cuenta: str
    conexion: str
    contrato: int | None
    codigo: str
