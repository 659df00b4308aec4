"""Corta los cuerpos demasiado grandes antes de leerlos: nada de lo que aquí se envía pasa de unos kilobytes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

MAXIMO_BYTES = 256 * 1024
# Lo que se lee y se tira de un cuerpo rechazado, para que quien lo manda llegue a leer la respuesta.
TIRAR_BYTES = 16 * 1024 * 1024
TIRAR_S = 5.0
_CUERPO = b'{"codigo":"ACC-11","mensaje":"Lo enviado es demasiado grande.","detalle":{}}'

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class _Demasiado(Exception):
    """El cuerpo pasó del límite mientras se leía."""


class Limites:
    """Aplicación ASGI que responde 413 a un cuerpo mayor que ``maximo`` octetos, lo anuncie o no, y cierra."""

    def __init__(self, app: App, maximo: int = MAXIMO_BYTES) -> None:
        self._app = app
        self._maximo = maximo

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._anunciado(scope) > self._maximo:
            await _tirar(receive)
            await _rechazar(send)
            return
        leidos, empezada = 0, False

        async def contar() -> dict[str, Any]:
            nonlocal leidos
            mensaje: dict[str, Any] = await receive()
            leidos += len(mensaje.get("body", b""))
            if leidos > self._maximo:
                raise _Demasiado
            return mensaje

        async def enviar(mensaje: dict[str, Any]) -> None:
            nonlocal empezada
            empezada = True
            await send(mensaje)

        try:
            await self._app(scope, contar, enviar)
        except _Demasiado:
            if not empezada:
                await _tirar(receive)
                await _rechazar(send)

    def _anunciado(self, scope: dict[str, Any]) -> int:
        for clave, valor in scope["headers"]:
            if clave == b"content-length":
                return int(valor) if valor.isdigit() else self._maximo + 1
        return 0


async def _tirar(receive: Any) -> None:
    """Lee y olvida el resto del cuerpo, hasta un tope de octetos y de tiempo."""
    tirados = 0
    try:
        async with asyncio.timeout(TIRAR_S):
            while tirados < TIRAR_BYTES:
                mensaje = await receive()
                tirados += len(mensaje.get("body", b""))
                if mensaje["type"] == "http.disconnect" or not mensaje.get("more_body"):
                    return
    except TimeoutError:
        return


async def _rechazar(send: Any) -> None:
    cabeceras = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_CUERPO)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": cabeceras})
    await send({"type": "http.response.body", "body": _CUERPO})
