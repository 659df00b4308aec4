"""Lo que espera un cliente: una cola acotada de mensajes y el último pulso de cada bot."""

import asyncio
from collections import deque
from contextlib import suppress

from dashboard.vivo.mensajes import Mensaje, Pulso
from historial.selectors import Cursor

CABEN = 1000


class Suscripcion:
    """La cola de un cliente. Solo se toca desde el bucle, así que no necesita cerrojos.

    Nace repasando: mientras el cliente se pone al día leyendo la tabla, la cola no guarda nada y ``hasta`` dice hasta
    dónde llegó el concentrador. ``al_dia`` pasa a cola sin dejar hueco entre medias, porque nada puede ocurrir entre
    comprobarlo y empezar a guardar.
    """

    def __init__(self, bots: frozenset[str], hasta: Cursor, caben: int = CABEN) -> None:
        self._bots = bots
        self._caben = caben
        self._mensajes: deque[Mensaje] = deque()
        self._pulsos: dict[tuple[str, str, str], Pulso] = {}
        self._hay = asyncio.Event()
        self._repasando = True
        self.hasta = hasta
        self.fin = ""
        self.cortada = asyncio.Event()

    def interesa(self, bot: str) -> bool:
        """Devuelve si a este cliente le toca lo de ese bot; lo que es de todos (vacío) le toca siempre."""
        return not self._bots or not bot or bot in self._bots

    def poner(self, mensajes: tuple[Mensaje, ...], pulsos: tuple[Pulso, ...]) -> None:
        """Guarda lo nuevo. Si la cola se llena, el cliente es lento: se corta y podrá reanudar donde estaba."""
        if self.fin:
            return
        if mensajes:
            self.hasta = mensajes[-1].cursor
        if not self._repasando:
            self._mensajes.extend(mensaje for mensaje in mensajes if self.interesa(mensaje.bot))
            if len(self._mensajes) > self._caben:
                self.cortar("lento")
                return
        for pulso in pulsos:
            if self.interesa(pulso.clave[0]):
                self._pulsos[pulso.clave] = pulso
        if self._mensajes or self._pulsos:
            self._hay.set()

    def al_dia(self, cursor: Cursor) -> bool:
        """Devuelve si el repaso alcanzó al concentrador; si es así, desde ahora se guarda en la cola."""
        if self._repasando and cursor >= self.hasta:
            self._repasando = False
        return not self._repasando

    def cortar(self, motivo: str) -> None:
        """Da por acabado el flujo: «lento», «salida» o «fallo»."""
        self.fin = self.fin or motivo
        self._mensajes.clear()
        self._pulsos.clear()
        self._hay.set()
        self.cortada.set()

    async def esperar(self, tope_s: float) -> None:
        """Vuelve cuando hay algo que enviar, cuando se corta o cuando pasa el tope."""
        if not self._hay.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(tope_s):
                    await self._hay.wait()
        self._hay.clear()

    def sacar(self) -> tuple[list[Mensaje], list[Pulso]]:
        """Devuelve y olvida lo guardado."""
        mensajes, pulsos = list(self._mensajes), list(self._pulsos.values())
        self._mensajes.clear()
        self._pulsos.clear()
        return mensajes, pulsos
