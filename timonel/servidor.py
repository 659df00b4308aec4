"""El servidor del panel: solo, o dentro del bucle de otro programa (la demostración)."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

from dominio.errores import ErrorConfiguracion, ErrorServicio

if TYPE_CHECKING:
    import uvicorn

CIERRE_S = 5
PROXY = "TIMONEL_PROXY"


class ServidorPanel:
    """Sirve el panel en ``direccion``:``puerto`` (0: uno libre). ``preparar()`` debe haberse llamado antes.

    No toca las señales del proceso: quien lo usa decide cuándo ``detener()``. ``solo_simulado``: todo lo que hay detrás
    es simulado y de este equipo, y la contraseña basta donde se pediría un segundo factor.
    """

    def __init__(self, direccion: str = "127.0.0.1", puerto: int = 8000, *, solo_simulado: bool = False) -> None:
        self.direccion = direccion
        self.puerto = puerto
        self._solo_simulado = solo_simulado
        self._servidor: uvicorn.Server | None = None
        self._tarea: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """La dirección que se escribe en el navegador; vale desde que ha iniciado."""
        nombre = f"[{self.direccion}]" if ":" in self.direccion else self.direccion
        return f"http://{nombre}:{self.puerto}/"

    async def iniciar(self) -> "ServidorPanel":
        """Empieza a servir y vuelve cuando ya responde.

        Raises:
            ErrorServicio: PAN-01 si no se puede usar ese puerto.
            ErrorConfiguracion: PAN-02 si se abriría a otros equipos sin ser una instalación de producción.
        """
        from django.conf import settings

        if not settings.PRODUCCION and not _de_este_equipo(self.direccion):
            raise ErrorConfiguracion(
                "PAN-02",
                f"Servir en {self.direccion} abriría el panel a otros equipos.",
                "Hágalo solo en producción (TIMONEL_PRODUCCION=1, con HTTPS delante), o use 127.0.0.1.",
            )
        if self._solo_simulado and settings.PRODUCCION:
            raise ErrorConfiguracion("PAN-03", "La demostración no se sirve en producción.", "Use «timonel panel».")
        settings.SOLO_SIMULADO = self._solo_simulado
        enchufe = self._abrir()
        try:
            self._servidor = await asyncio.to_thread(_crear, settings.PRODUCCION)
        except BaseException:
            enchufe.close()
            raise
        self._tarea = asyncio.create_task(self._servidor.serve(sockets=[enchufe]), name="panel")
        while not self._servidor.started:
            if self._tarea.done():
                await self._tarea
                raise ErrorServicio("PAN-01", "El panel no pudo empezar a servir.", "Mire el registro.")
            await asyncio.sleep(0.01)
        return self

    async def detener(self) -> None:
        """Cierra las transmisiones, termina lo empezado (cinco segundos como mucho) y suelta el puerto."""
        if self._servidor is None or self._tarea is None:
            return
        from django.conf import settings

        from dashboard.cierre import cerrar_todo

        cerrar_todo()
        self._servidor.should_exit = True
        with suppress(asyncio.CancelledError):
            await self._tarea
        self._servidor = self._tarea = None
        settings.SOLO_SIMULADO = False

    async def esperar(self) -> None:
        """Vuelve cuando el servidor deja de servir."""
        if self._tarea is not None:
            await asyncio.wait([self._tarea])

    async def __aenter__(self) -> "ServidorPanel":
        return await self.iniciar()

    async def __aexit__(self, *_: object) -> None:
        await self.detener()

    def _abrir(self) -> socket.socket:
        familia = socket.AF_INET6 if ":" in self.direccion else socket.AF_INET
        enchufe = socket.socket(familia, socket.SOCK_STREAM)
        enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            enchufe.bind((self.direccion, self.puerto))
        except (OSError, OverflowError) as fallo:
            enchufe.close()
            raise ErrorServicio(
                "PAN-01",
                f"No se puede servir en {self.direccion}:{self.puerto}.",
                "Puede que otro programa use ese puerto: pruebe con --puerto 8001.",
            ) from fallo
        enchufe.setblocking(False)
        self.puerto = enchufe.getsockname()[1]
        return enchufe


def _crear(produccion: bool) -> "uvicorn.Server":
    import uvicorn
    from django.urls import get_resolver

    from timonel.asgi import application

    _ = get_resolver().url_patterns  # carga ya las vistas: si no, lo paga la primera visita

    class Servidor(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:  # las señales son de quien lo usa
            yield

    return Servidor(
        uvicorn.Config(
            application,  # type: ignore[arg-type]
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,  # las direcciones llevan enlaces de un solo uso
            server_header=False,
            proxy_headers=produccion,
            forwarded_allow_ips=os.environ.get(PROXY) or "127.0.0.1",
            timeout_graceful_shutdown=CIERRE_S,
            limit_concurrency=200,
            h11_max_incomplete_event_size=32 * 1024,
        )
    )


def _de_este_equipo(direccion: str) -> bool:
    try:
        return ip_address(direccion).is_loopback
    except ValueError:
        return direccion == "localhost"
