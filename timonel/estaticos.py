"""Los ficheros estáticos, servidos por la propia aplicación: sin red ajena, sin compilar y sin otro servidor.

La dirección lleva el resumen del contenido (``?v=``): con él el navegador los guarda para siempre y un cambio se ve al
momento. Sin él (un módulo que importa a otro) se revalidan con su etiqueta.
"""

import asyncio
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import StaticFilesStorage

PREFIJO = "/static/"
CABECERAS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
}
_TIPOS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_TEXTO = ("text/", "image/svg+xml", "application/json")

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Fichero(msgspec.Struct, frozen=True):
    """Un estático leído: contenido, tipo y el comienzo de su SHA-256."""

    cuerpo: bytes
    tipo: str
    resumen: str


_guardados: dict[str, tuple[int, int, Fichero]] = {}


def leer(nombre: str) -> Fichero | None:
    """Devuelve el estático de ese nombre, o None si no existe. Lo recuerda mientras el fichero no cambie."""
    if "\x00" in nombre or nombre.startswith("/") or ".." in nombre.split("/"):
        return None
    encontrado = find(nombre)
    ruta = Path(encontrado) if isinstance(encontrado, str) else None
    if ruta is None or not ruta.is_file():
        return None
    datos = ruta.stat()
    previo = _guardados.get(nombre)
    if previo is None or previo[:2] != (datos.st_mtime_ns, datos.st_size):
        cuerpo = ruta.read_bytes()
        fichero = Fichero(cuerpo, _tipo(ruta), hashlib.sha256(cuerpo).hexdigest()[:16])
        previo = _guardados[nombre] = (datos.st_mtime_ns, datos.st_size, fichero)
    return previo[2]


def _tipo(ruta: Path) -> str:
    tipo = _TIPOS.get(ruta.suffix.lower()) or mimetypes.guess_type(ruta.name)[0] or "application/octet-stream"
    return f"{tipo}; charset=utf-8" if tipo.startswith(_TEXTO) else tipo


class ConResumen(StaticFilesStorage):
    """Las direcciones de ``{% static %}``, con el resumen del contenido."""

    def url(self, name: str | None) -> str:
        direccion = super().url(name)
        fichero = leer(name) if name else None
        return f"{direccion}?v={fichero.resumen}" if fichero else direccion


class Estaticos:
    """Aplicación ASGI que responde a ``/static/`` y deja pasar lo demás."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIJO):
            await self._app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _responder(send, 405, {"allow": "GET, HEAD"})
            return
        fichero = await asyncio.to_thread(leer, scope["path"].removeprefix(PREFIJO))
        if fichero is None:
            await _responder(send, 404, {})
            return
        await _servir(scope, send, fichero)


async def _servir(scope: dict[str, Any], send: Any, fichero: Fichero) -> None:
    version = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
    fijo = version == fichero.resumen
    etiqueta = f'"{fichero.resumen}"'
    cabeceras = {
        "content-type": fichero.tipo,
        "etag": etiqueta,
        "cache-control": "public, max-age=31536000, immutable" if fijo else "no-cache",
    }
    pedidas = {clave.decode("latin-1"): valor.decode("latin-1") for clave, valor in scope["headers"]}
    if etiqueta in pedidas.get("if-none-match", ""):
        await _responder(send, 304, cabeceras)
        return
    await _responder(send, 200, cabeceras, fichero.cuerpo, solo_cabeceras=scope["method"] == "HEAD")


async def _responder(
    send: Any, estado: int, cabeceras: dict[str, str], cuerpo: bytes = b"", *, solo_cabeceras: bool = False
) -> None:
    todas = CABECERAS | cabeceras | ({} if estado == 304 else {"content-length": str(len(cuerpo))})
    pares = [(clave.encode("latin-1"), valor.encode("latin-1")) for clave, valor in todas.items()]
    await send({"type": "http.response.start", "status": estado, "headers": pares})
    await send({"type": "http.response.body", "body": b"" if solo_cabeceras else cuerpo})
