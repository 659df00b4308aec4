"""La hora de las páginas, quieta, y personas que ya entraron."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from dashboard.pagina.comun import ahora as hora_de_las_paginas
from dominio.reloj import RelojManual
from tests.integracion.acceso.ayudas import entrar, persona
from tests.integracion.panel.sembrado import AHORA


@pytest.fixture(autouse=True)
def _hora_quieta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hora_de_las_paginas, "_reloj", RelojManual(round(AHORA.timestamp() * 1000)))


@pytest.fixture(autouse=True)
def _sin_prisa(request: pytest.FixtureRequest) -> None:
    """Una prueba es una sola transacción, y en un equipo cargado pintar una página pasa de dos segundos."""
    if "db" not in request.fixturenames:
        return
    request.getfixturevalue("db")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


@pytest.fixture
def como(db: None) -> Callable[[str], Client]:
    """Devuelve un cliente con la sesión de una persona de ese rol."""
    clientes: dict[str, Client] = {}

    def entrado(rol: str) -> Client:
        if rol not in clientes:
            clientes[rol] = entrar(persona(rol))
        return clientes[rol]

    return entrado
