"""Los puertos: lo que el motor pide al mundo. Cada sede y el historial los cumplen; las pruebas también."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from dominio.eventos import EventoSede
from dominio.freno import Freno
from dominio.instrumentos import Instrumento, Oferta, Sede
from dominio.ordenes import Aceptacion, Busqueda, EstadoOrden, Intencion, ResultadoEnvio
from dominio.posiciones import Movimiento, PosicionSede, Saldo
from dominio.velas import Tick, Vela

Publicar = Callable[[EventoSede], None]


class Capacidades(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que una sede sabe hacer por sí misma y cómo se resuelve en ella una orden desconocida.

    ``ambito_bloqueo``: «cuenta» o «simbolo»; ``espera_tardia_s``: lo más que puede tardar en aparecer una orden;
    ``consultas_limpias``: búsquedas vacías y limpias que hacen falta, la última pasada la espera; ``ventana_s``: hasta
    cuánto después del envío puede ser suya una orden que aparezca (None: todo el plazo de ``vigilancia``).
    """

    sede: Sede
    ambito_bloqueo: str
    espera_tardia_s: float
    consultas_limpias: int = 2
    ventana_s: float | None = None
    vigilancia: timedelta = timedelta(hours=24)
    revision_tras_s: float = 600.0
    stop_en_sede: bool = False
    oco: bool = False
    trailing: bool = False
    iceberg: bool = False
    gtd: bool = False


class PlanContrato(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que se quiere cotizar antes de comprometerse: un contrato con prima y duración."""

    simbolo: str
    direccion: str
    monto: Decimal
    moneda: str
    duracion: int
    unidad: str  # "t" o "s"


class Cotizacion(msgspec.Struct, frozen=True, kw_only=True):
    """El precio que la sede ofrece AHORA por un plan: ``pago`` bruto si gana y límites de la prima."""

    id: str
    plan: PlanContrato
    precio: Decimal
    pago: Decimal
    hora: datetime
    precio_activo: float
    monto_min: Decimal | None = None
    monto_max: Decimal | None = None

    @property
    def pago_neto(self) -> float:
        """Devuelve la ganancia por unidad apostada: ``pago/precio − 1``."""
        return float(self.pago / self.precio) - 1.0


class Mercado(Protocol):
    """Lectura de mercado de una sede."""

    async def instrumentos(self) -> tuple[Instrumento, ...]: ...

    async def ofertas(self, simbolo: str) -> tuple[Oferta, ...]: ...

    async def ticks_pasados(self, simbolo: str, cuantos: int) -> tuple[Tick, ...]: ...

    async def velas_pasadas(self, simbolo: str, duracion_s: int, cuantas: int) -> tuple[Vela, ...]: ...

    async def suscribir_ticks(self, simbolos: tuple[str, ...]) -> None: ...

    async def hora(self) -> datetime: ...


class Broker(Protocol):
    """Escritura en una sede. ``enviar`` escribe UNA vez; lo incierto no es un error: devuelve DESCONOCIDA."""

    capacidades: Capacidades

    async def cotizar(self, plan: PlanContrato) -> Cotizacion:
        """Valida el plan con las reglas vivas de la sede y devuelve su precio.

        Raises: ErrorDenegado, ErrorReintentable.
        """
        ...

    async def enviar(self, intencion: Intencion, comprobar: Callable[[], None]) -> ResultadoEnvio:
        """Llama a ``comprobar`` justo antes de escribir (si lanza, NO_ENVIADA) y escribe una sola vez."""
        ...


class LectorSede(Protocol):
    """Lo que el reconciliador puede leer. No tiene con qué escribir."""

    capacidades: Capacidades

    async def buscar(self, intencion: Intencion, enviado_en: datetime) -> Busqueda: ...

    async def abiertas(self) -> tuple[PosicionSede, ...]: ...

    async def posicion(self, referencia: str) -> PosicionSede | None: ...

    async def movimientos(self, desde: datetime, hasta: datetime) -> tuple[Movimiento, ...]: ...

    async def saldo(self) -> Saldo: ...

    async def hora(self) -> datetime: ...


class IntencionViva(msgspec.Struct, frozen=True, kw_only=True):
    """Una intención guardada que todavía pide algo: su estado, cuándo salió y con qué búsquedas cuenta."""

    intencion: Intencion
    estado: EstadoOrden
    enviado_en: datetime | None = None
    referencia: str | None = None
    busquedas_limpias: int = 0
    desconocida_desde: datetime | None = None


class Diario(Protocol):
    """El libro de órdenes. Cada método es UNA transacción duradera; ninguna abarca una espera."""

    async def registrar_intencion(self, intencion: Intencion) -> None:
        """Guarda intención, reserva de riesgo y auditoría; queda APROBADA.

        Raises ErrorDuplicado (ORD-02) si la señal ya tiene intención; ErrorDenegado (ORD-03, queda DENEGADA) si hay una
        orden de suerte desconocida en el ámbito de bloqueo, ya hay una posición abierta o el freno no deja.
        """
        ...

    async def marcar_enviando(self, id_cliente: str, ficha: int) -> bool:
        """APROBADA→ENVIANDO si la ficha manda, el freno deja y no ha vencido; si no, False y queda CADUCADA."""
        ...

    async def preparar_envio(self, intencion: Intencion, ficha: int) -> bool:
        """``registrar_intencion`` y, ya confirmada, ``marcar_enviando``: dos transacciones y una sola espera.

        Entre las dos pasa por el punto de fallo ``tras_intencion``. Lanza lo mismo que la primera.
        """
        ...

    async def registrar_resultado(self, id_cliente: str, resultado: ResultadoEnvio) -> None: ...

    async def adoptar(self, id_cliente: str, aceptacion: Aceptacion, motivo: str) -> None: ...

    async def anotar_busqueda(self, id_cliente: str, limpia: bool) -> int:
        """Guarda una búsqueda vacía y devuelve cuántas limpias van seguidas."""
        ...

    async def marcar(self, id_cliente: str, estado: EstadoOrden, motivo: str) -> None:
        """Pasa a DESCONOCIDA, NO_COLOCADA o REVISION, con su motivo."""
        ...

    async def dejar_de_vigilar(self, id_cliente: str) -> None:
        """Una NO_COLOCADA que ya no puede aparecer en la sede sale de las vigiladas."""
        ...

    async def vivas(self, sede: Sede, cuenta: str) -> tuple[IntencionViva, ...]:
        """Devuelve ENVIANDO, DESCONOCIDA, REVISION, ACEPTADA, ACTIVA, PARCIAL y las NO_COLOCADA aún vigiladas."""
        ...

    async def caducar(self, sede: Sede, cuenta: str) -> int:
        """APROBADA→CADUCADA para las vencidas; devuelve cuántas."""
        ...

    async def conocida(self, sede: Sede, cuenta: str, referencia: str) -> bool:
        """Devuelve si alguna intención u operación nuestra tiene ya esa referencia de la sede."""
        ...

    async def anotar_externa(self, sede: Sede, cuenta: str, posicion: PosicionSede) -> None:
        """Guarda una posición abierta a mano: se ve, cuenta en el riesgo y no se toca."""
        ...


class Arriendo(Protocol):
    """Un solo jefe por bot: ``ficha`` crece con cada toma y la base la comprueba en cada envío."""

    ficha: int

    async def tomar(self) -> bool: ...

    async def renovar(self) -> bool: ...

    async def retomar(self) -> bool:
        """Recupera uno propio que venció, solo si nadie lo tomó entretanto."""
        ...

    async def soltar(self) -> None: ...


class FuenteFreno(Protocol):
    """De dónde se lee el freno. ``inmediato`` no toca la base: fichero y señal, para el último instante."""

    async def vigente(self) -> Freno: ...

    def inmediato(self) -> Freno: ...


class Ejecutor(Protocol):
    """Dónde corre el código de base de datos: en línea (simulación) o en un hilo escritor (en vivo)."""

    def __call__(self, funcion: Callable[..., Any], *args: Any, **kwargs: Any) -> Awaitable[Any]: ...
