"""Un bot entero contra la sede de laboratorio, en tiempo virtual, que se puede matar y volver a montar.

La sede y el equipo llevan relojes distintos: ajustar el del equipo (``equipo.desfase_ms``) no mueve el de la sede.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bots.deriv.composicion import Montado, montar
from bots.registro import buscar_bot
from core.configuracion import ConfigBot
from core.estado_bot import Ciclo, EstadoBot
from core.selectors import estado_de
from dominio.errores import ErrorServicio
from dominio.freno import Freno
from dominio.instrumentos import Entorno
from historial.ejecutores import EnLinea
from historial.models import Evento, MovimientoSede, Operacion, Orden
from historial.services.frenos import fijar_freno
from simulacion.bucles import BASE_MS, RelojDeBucle, correr
from simulacion.sedes.deriv import Contrato
from timonel.ensayos.taller import Taller, en_linea

T = TypeVar("T")
BOT = "deriv_dinamico"
MIRAR_CADA_S = 0.05


class Banco(Taller):
    """El taller de los ensayos con el mando en la mano de la prueba: nacer, morir, esperar y mirar."""

    def __init__(
        self,
        datos: Path,
        *,
        nombre: str = "banco",
        semilla: int = 1,
        base_ms: int = BASE_MS,
        cambios: dict[str, Any] | None = None,
        ttl_s: float = 10.0,
    ) -> None:
        bucle = asyncio.get_running_loop()
        self.ejecutor = EnLinea()
        self.equipo = RelojDeBucle(bucle, base_ms)
        super().__init__(
            nombre=nombre,
            semilla=semilla,
            config=configurar(datos, **(cambios or {})),
            reloj=RelojDeBucle(bucle, base_ms),
            ejecutor=self.ejecutor,
            datos=datos,
        )
        self.piezas = msgspec.structs.replace(self.piezas, reloj=self.equipo, ttl_arriendo_s=ttl_s)
        self.bot: Montado | None = None
        self._trabajo: asyncio.Task[None] | None = None

    # --- vida del bot --------------------------------------------------------------------------------------------

    async def nacer(self) -> Montado:
        """Monta el bot y lo pone a correr; insiste si la sede no contesta, como haría el supervisor."""
        while True:
            try:
                self.bot = await montar(self.config, self.conexion, self.piezas)
                break
            except ErrorServicio:
                await asyncio.sleep(5)
        self.montado = self.bot
        self._trabajo = asyncio.create_task(self.bot.bucle.correr())
        return self.bot

    async def morir(self, brusco: bool = True) -> None:
        """Corta el bot donde esté. ``brusco``: no suelta el mando, como si lo hubieran matado."""
        assert self.bot is not None and self._trabajo is not None
        if brusco:
            self.bot.bucle._arriendo.soltar = _nada  # type: ignore[method-assign]
        self._trabajo.cancel()
        await asyncio.wait({self._trabajo})
        if not self._trabajo.cancelled():
            self._trabajo.exception()  # vista: no es un error olvidado
        await self.bot.cerrar()
        self.bot = self._trabajo = None

    async def renacer(self, brusco: bool = True) -> Montado:
        """Lo mata y lo vuelve a montar sobre la misma base y la misma sede."""
        await self.morir(brusco)
        self.reinicios += 1
        return await self.nacer()

    @property
    def muerto(self) -> bool:
        """Devuelve si el bucle del bot acabó por su cuenta."""
        return self._trabajo is None or self._trabajo.done()

    # --- mirar ---------------------------------------------------------------------------------------------------

    @property
    def compras(self) -> tuple[Contrato, ...]:
        """Devuelve los contratos que la sede vendió al bot."""
        return self.libro.compras(self.cuenta)

    async def hasta(self, condicion: Callable[[], Any], limite_s: float = 600.0, *, muerto_vale: bool = False) -> float:
        """Espera a que se cumpla y devuelve cuánto tardó, en segundos virtuales. Raises AssertionError si no.

        Si entretanto el bot muere por su cuenta, lanza lo que lo mató, salvo que ``muerto_vale``.
        """
        inicio = self.equipo.monotonico()
        while not condicion():
            if self._trabajo is not None and self._trabajo.done() and not muerto_vale:
                self._trabajo.result()
            assert self.equipo.monotonico() - inicio < limite_s, f"no se cumplió en {limite_s} s"
            await asyncio.sleep(MIRAR_CADA_S)
        return self.equipo.monotonico() - inicio

    def ordenes(self, **filtro: Any) -> list[Orden]:
        """Devuelve las órdenes de la cuenta, la más antigua primero."""
        return en_linea(lambda: list(Orden.objects.filter(cuenta=self.cuenta, **filtro).order_by("pk")))

    def operaciones(self, **filtro: Any) -> list[Operacion]:
        """Devuelve las operaciones de la cuenta, la más antigua primero."""
        return en_linea(lambda: list(Operacion.objects.filter(cuenta=self.cuenta, **filtro).order_by("pk")))

    def movimientos(self) -> list[MovimientoSede]:
        """Devuelve las filas anotadas del extracto de la cuenta."""
        return en_linea(lambda: list(MovimientoSede.objects.filter(cuenta=self.cuenta).order_by("pk")))

    def eventos(self, tipo: str) -> list[Evento]:
        """Devuelve los eventos del bot de un tipo, en orden."""
        return en_linea(lambda: list(Evento.objects.filter(flujo=self.config.nombre, tipo=tipo).order_by("pk")))

    def frenar(self, freno: Freno) -> None:
        """Fija el freno del bot como lo hacen «alto» y «reanudar»."""
        ahora = self.equipo.ahora()
        en_linea(lambda: fijar_freno("bot", self.config.nombre, freno, "prueba", "prueba", ahora=ahora))

    @property
    def ciclo(self) -> Ciclo:
        """Devuelve en qué ciclo cree estar el bot, sin tocar la base: es lo que se mira mientras se espera."""
        assert self.bot is not None
        return self.bot.bucle.estado.ciclo

    @property
    def estado(self) -> EstadoBot:
        """Devuelve el estado del bot leído ahora mismo de la base."""
        clave = {"bot": self.config.nombre, "sede": "deriv", "cuenta": self.cuenta}
        leido = en_linea(lambda: estado_de(**clave))
        assert leido is not None
        return leido

    def hora_sede(self) -> datetime:
        """Devuelve la hora verdadera de la sede."""
        return self.reloj.ahora()

    def violaciones(self) -> list[str]:
        """Devuelve lo que no cuadra entre el libro de la sede y el nuestro; vacío si todo está en orden."""
        referencias = [orden.referencia for orden in self.ordenes() if orden.referencia]
        malas = [f"huérfana {c.id}" for c in self.compras if str(c.id) not in set(referencias)]
        malas += ["referencia repetida"] * (len(referencias) - len(set(referencias)))
        malas += ["reenvío"] * self.reenvios
        malas += ["compra con otra desconocida"] * self.compras_con_desconocida
        if self.libro.abiertas_max(self.cuenta) > 1:
            malas.append("más de una abierta a la vez")
        return malas + list(self.libro.violaciones()) + self._descuadre()

    def _descuadre(self) -> list[str]:
        if self.bot is None:
            return []
        libro = self.bot.bucle.estado.libro
        abierto = sum(libro.abiertos.values())
        delta = self.libro.delta_balance(self.cuenta)
        cuadra = delta == libro.beneficio + libro.ajenos - abierto
        return [] if cuadra else [f"balance de la sede {delta}, libro {libro.beneficio} + {libro.ajenos} − {abierto}"]


def configurar(datos: Path, activos: tuple[str, ...] = ("1HZ100V", "1HZ75V"), **secciones: Any) -> ConfigBot:
    """Devuelve el bot de serie, simulado, con pocos activos y los cambios de cada sección (``pausa={"zona": …}``)."""
    config = buscar_bot(BOT, datos)
    datos_bot = config.model_dump() | {"entorno": Entorno.SIMULADO, "activos": activos}
    for nombre, valores in secciones.items():
        datos_bot[nombre] = datos_bot[nombre] | valores
    return ConfigBot.model_validate(datos_bot)


async def _nada() -> None:
    return None


def en_banco(
    datos: Path, prueba: Callable[[Banco], Awaitable[T]], *, clase: "type[Banco] | None" = None, **opciones: Any
) -> T:
    """Devuelve lo que devuelva ``prueba`` con un banco encendido, en un bucle virtual."""

    async def principal() -> T:
        banco = (clase or Banco)(datos, **opciones)
        await banco.servidor.iniciar()
        try:
            return await prueba(banco)
        finally:
            if banco.bot is not None:
                await banco.morir()
            await banco.cerrar()

    corrutina: Coroutine[Any, Any, T] = principal()
    return correr(corrutina)
