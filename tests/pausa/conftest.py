"""Un mando que se renueva menos: la pausa dura un día entero."""

import pytest

from bots.deriv import bucle

TTL_S = 30.0


@pytest.fixture(autouse=True)
def _renovar_menos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Un día con el mando renovado cada 3 s son 28.800 confirmaciones que aquí no prueban nada."""
    monkeypatch.setattr(bucle, "RENOVAR_S", TTL_S / 3)
