"""Apagones de la sede entera: puerto cerrado, agujero negro, cortes (RST) o lentitud."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from dominio.errores import ErrorUsuario

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv

MODOS = ("rechazo", "agujero", "rst", "lento")


class Apagones:
    """Un apagón a la vez. ``modo`` es None cuando la sede está sana."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        self._servidor = servidor
        self._fin: asyncio.Event | None = None
        self.modo: str | None = None
        self.retraso_s = 10.0

    async def empezar(self, modo: str, dura_s: float | None = None, retraso_s: float = 10.0) -> None:
        """Empieza un apagón; con ``dura_s`` se acaba solo.

        ``rechazo``: conexión rechazada. ``agujero``: conecta pero nadie contesta, y lo abierto enmudece sin cerrarse.
        ``rst``: todo se corta. ``lento``: cada respuesta tarda ``retraso_s``. Raises ErrorUsuario (LAB-03).
        """
        if modo not in MODOS:
            raise ErrorUsuario("LAB-03", f"No hay apagón «{modo}».", f"Use: {', '.join(MODOS)}.")
        self.modo, self.retraso_s, self._fin = modo, retraso_s, asyncio.Event()
        if modo in ("rechazo", "rst"):
            self._servidor.cortar_todas()
        if modo == "rechazo":
            await self._servidor.dejar_de_escuchar()
        if modo == "agujero":
            for sesion in self._servidor.sesiones.values():
                sesion.muda = sesion.sorda = True
        if dura_s is not None:
            self._servidor.despues(dura_s, lambda: self._servidor.tarea(self.terminar()))

    async def terminar(self) -> None:
        """Acaba el apagón; lo que quedó enmudecido se corta."""
        modo, self.modo = self.modo, None
        self.acabar()
        if modo == "agujero":
            self._servidor.cortar_todas()
        if modo == "rechazo":
            await self._servidor.escuchar()

    def acabar(self) -> None:
        """Suelta a quien estuviera esperando."""
        if self._fin is not None:
            self._fin.set()

    async def estorbar(self, peticion: web.Request) -> None:
        """Trata una petición HTTP que llega durante el apagón."""
        if self.modo is None:
            return
        if self.modo == "lento":
            await asyncio.sleep(self.retraso_s)
            return
        if self.modo == "agujero" and self._fin is not None:
            await self._fin.wait()
        if peticion.transport is not None:
            peticion.transport.abort()
        raise web.HTTPServiceUnavailable
