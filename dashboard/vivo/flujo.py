"""El flujo de un cliente: saluda, repasa lo que se perdió, y sigue lo nuevo hasta que algo lo acaba."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from dashboard.vivo.concentrador import ATASCADO_S, Concentrador
from dashboard.vivo.mensajes import VIVO, de_control, de_evento, marca, saludo
from dashboard.vivo.suscripcion import Suscripcion
from dominio.errores import ErrorServicio
from dominio.reloj import Reloj
from historial.models import Evento
from historial.selectors import Cursor, eventos_desde

VIVO_S = 10.0
REVISAR_S = 15.0
PAGINA = 200


class Pedido(msgspec.Struct, frozen=True):
    """Lo que pide un cliente: quién es, qué bots le interesan (vacío: todos) y desde dónde reanuda."""

    usuario: Any
    bots: frozenset[str] = frozenset()
    desde: Cursor | None = None


class Flujo:
    """Produce los trozos de una respuesta. ``vigente`` dice, en el hilo compartido, si la sesión sigue valiendo."""

    def __init__(
        self, concentrador: Concentrador, pedido: Pedido, *, vigente: Callable[[], bool], reloj: Reloj
    ) -> None:
        self._concentrador = concentrador
        self._pedido = pedido
        self._vigente = vigente
        self._reloj = reloj
        self._cursor = Cursor()
        self._marcado = Cursor()

    async def trozos(self) -> AsyncIterator[bytes]:
        """Da los trozos hasta que se revoca la sesión, el servidor sale o el cliente no sigue el ritmo."""
        yield saludo()
        try:
            async with self._concentrador.suscrito(self._pedido.usuario, self._pedido.bots) as suscripcion:
                vigilante = _cortar_si_se_atasca(suscripcion)
                try:
                    async for trozo in self._repasar(suscripcion):
                        yield trozo
                    async for trozo in self._seguir(suscripcion):
                        yield trozo
                finally:
                    vigilante.cancel()
        except ErrorServicio as fallo:
            yield self._fin(fallo.codigo)

    async def _repasar(self, suscripcion: Suscripcion) -> AsyncIterator[bytes]:
        """Lo que pasó desde el cursor del cliente hasta donde va el concentrador, leído de la tabla."""
        self._cursor = suscripcion.hasta if self._pedido.desde is None else self._pedido.desde
        if self._pedido.desde is None:
            yield self._marcar()
        elif not await self._concentrador.leer(_se_puede_reanudar, self._pedido.desde):
            yield self._recargar(suscripcion)
        while not suscripcion.al_dia(self._cursor):
            leidos = await self._concentrador.leer(eventos_desde, self._cursor, PAGINA)
            if not leidos:  # lo que el concentrador vio ya no está: no hay nada más que reponer
                self._cursor = suscripcion.hasta
                continue
            self._cursor = leidos[-1].cursor
            mensajes = [uno for uno in map(de_evento, leidos) if suscripcion.interesa(uno.bot)]
            if mensajes:
                self._marcado = mensajes[-1].cursor
            yield b"".join(uno.texto for uno in mensajes) or VIVO

    def _recargar(self, suscripcion: Suscripcion) -> bytes:
        """Falta algo que no se puede reponer: que la página vuelva a leerlo todo."""
        if self._cursor > suscripcion.hasta or (self._cursor.tx != 0) != (suscripcion.hasta.tx != 0):
            self._cursor = suscripcion.hasta
        self._marcado = self._cursor
        return de_control("recargar", "hueco", self._reloj.ahora(), self._cursor)

    async def _seguir(self, suscripcion: Suscripcion) -> AsyncIterator[bytes]:
        bucle = asyncio.get_running_loop()
        vivo_en, revisar_en = bucle.time() + VIVO_S, bucle.time() + REVISAR_S
        while not suscripcion.fin:
            await suscripcion.esperar(max(0.0, min(vivo_en, revisar_en) - bucle.time()))
            if bucle.time() >= revisar_en:
                if not await self._concentrador.leer(self._vigente):
                    yield self._fin("sesion")
                    return
                revisar_en = bucle.time() + REVISAR_S
            if suscripcion.fin:  # cortada, la cola ya no está entera: avanzar el cursor perdería eventos
                break
            trozo = self._nuevo(suscripcion)
            if not trozo and bucle.time() >= vivo_en:
                trozo = VIVO + (self._marcar() if self._marcado < self._cursor else b"")
            if trozo:
                vivo_en = bucle.time() + VIVO_S
                yield trozo
        yield self._fin(suscripcion.fin)

    def _nuevo(self, suscripcion: Suscripcion) -> bytes:
        """Devuelve lo que hay en la cola, sin lo que el repaso ya envió."""
        mensajes, pulsos = suscripcion.sacar()
        nuevos = [uno for uno in mensajes if uno.cursor > self._cursor]
        self._cursor = max(self._cursor, suscripcion.hasta)
        if nuevos:
            self._marcado = nuevos[-1].cursor
        return b"".join(uno.texto for uno in (*pulsos, *nuevos))

    def _marcar(self) -> bytes:
        self._marcado = self._cursor
        return marca(self._cursor)

    def _fin(self, motivo: str) -> bytes:
        return de_control("fin", motivo, self._reloj.ahora())


def _cortar_si_se_atasca(suscripcion: Suscripcion) -> "asyncio.Task[None]":
    """Vigila al que no lee nada: cortado y sin enterarse, sigue atascado en el envío; se cancela su tarea."""
    duena = asyncio.current_task()

    async def vigilar() -> None:
        await suscripcion.cortada.wait()
        await asyncio.sleep(ATASCADO_S)
        if duena is not None:
            duena.cancel()

    return asyncio.create_task(vigilar())


def _se_puede_reanudar(desde: Cursor) -> bool:
    """Devuelve si desde ese cursor no falta nada: es el principio, o su evento sigue en la tabla."""
    return desde == Cursor() or Evento.objects.filter(pk=desde.id).exists()
