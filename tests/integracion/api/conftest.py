"""Clientes de la API: sesiones y fichas de cada rol, con los límites de peticiones sin gastar."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dashboard.acceso import fichas
from dashboard.acceso.roles import ROLES, poner_rol
from dominio.reloj import RelojSistema


@pytest.fixture(autouse=True)
def _limites_sin_gastar() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ficha(db: None) -> Callable[..., str]:
    """Crea una ficha de un alcance y la devuelve."""

    def crear(alcance: str = "leer", horas: float = 1.0) -> str:
        nombre = f"prueba-{alcance}"
        return fichas.emitir(nombre, alcance, "prueba", horas=horas, ahora=RelojSistema().ahora()).ficha

    return crear


@pytest.fixture
def con_ficha(ficha: Callable[..., str]) -> Callable[..., Client]:
    """Un cliente que manda su ficha en cada petición."""

    def cliente(alcance: str = "leer") -> Client:
        return Client(headers={"Authorization": f"Token {ficha(alcance)}"})

    return cliente


@pytest.fixture
def persona(db: None, django_user_model: Any) -> Callable[..., Client]:
    """Un cliente con la sesión de una persona con ese rol, que comprueba el CSRF como un navegador."""

    def cliente(rol: str) -> Client:
        usuario = django_user_model.objects.create_user(f"persona-{rol or 'nadie'}")
        if rol in ROLES:
            poner_rol(usuario, rol)
        navegador = Client(enforce_csrf_checks=True)
        navegador.force_login(usuario, backend="django.contrib.auth.backends.ModelBackend")
        return navegador

    return cliente


@pytest.fixture
def lector(con_ficha: Callable[..., Client]) -> Client:
    """Un programa con permiso de leer."""
    return con_ficha("leer")
