"""Un servidor uvicorn de verdad, con la aplicación entera, en un hilo de la prueba; y quien puede entrar en él."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn

from historial.services import conexion


class Servidor:
    """uvicorn sirviendo ``timonel.asgi`` en un puerto libre."""

    def __init__(self) -> None:
        from timonel.asgi import application

        self._uvicorn = uvicorn.Server(
            uvicorn.Config(application, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=5)
        )
        self._hilo = threading.Thread(target=self._correr, daemon=True)
        self.bucle: asyncio.AbstractEventLoop | None = None
        self.url = ""

    def _correr(self) -> None:
        async def servir() -> None:
            self.bucle = asyncio.get_running_loop()
            await self._uvicorn.serve()

        asyncio.run(servir())

    def iniciar(self) -> None:
        self._hilo.start()
        limite = time.monotonic() + 20
        while not self._uvicorn.started:
            assert time.monotonic() < limite and self._hilo.is_alive(), "el servidor no arrancó"
            threading.Event().wait(0.02)
        puerto = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{puerto}"

    def parar(self) -> float:
        """Devuelve cuánto tardó en acabar, con sus flujos cortados."""
        from dashboard.cierre import cerrar_todo

        inicio = time.monotonic()
        cerrar_todo()
        self._uvicorn.should_exit = True
        self._hilo.join(20)
        assert not self._hilo.is_alive()
        return time.monotonic() - inicio


@pytest.fixture
def servidor(transactional_db: None) -> Iterator[Servidor]:
    uno = Servidor()
    uno.iniciar()
    yield uno
    if uno._hilo.is_alive():
        uno.parar()
    for hilo in threading.enumerate():
        if hilo.name.startswith("vivo-"):  # sus conexiones impedirían borrar la base de la prueba
            hilo.join(10)
    conexion.cerrar()


@pytest.fixture
def entrar(transactional_db: None) -> Callable[..., dict[str, str]]:
    """Devuelve la cabecera de sesión de un usuario recién creado con ese rol (vacío: sin rol)."""
    from django.contrib.auth.models import User
    from django.test import Client

    from dashboard.acceso.roles import poner_rol

    def crear(rol: str = "leer", nombre: str = "lectora") -> dict[str, str]:
        usuario = User.objects.create_user(nombre, password=None)
        if rol:
            poner_rol(usuario, rol)
        cliente = Client()
        cliente.force_login(usuario, backend="django.contrib.auth.backends.ModelBackend")
        return {"Cookie": "; ".join(f"{galleta.key}={galleta.value}" for galleta in cliente.cookies.values())}

    return crear


@pytest.fixture
def cabeceras(entrar: Callable[..., dict[str, str]]) -> dict[str, Any]:
    return dict(entrar())
