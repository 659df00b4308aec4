"""Paseos de precios reproducibles para las pruebas del motor de señales."""

import numpy as np
import pytest

from dominio.velas import Tick

INICIO_MS = 1_767_225_600_000


def pasear(semilla: int, cuantos: int, simbolo: str = "R_50", intervalo_ms: int = 2000) -> list[Tick]:
    """Devuelve ticks de un paseo al azar: misma semilla, mismos ticks."""
    pasos = np.random.default_rng(semilla).normal(0.0, 1.3e-4, cuantos)
    precios = np.round(92.0 * np.exp(np.cumsum(pasos)), 4)
    return [Tick(simbolo, INICIO_MS + i * intervalo_ms, float(p)) for i, p in enumerate(precios)]


@pytest.fixture
def paseo():
    """Devuelve la fábrica de paseos."""
    return pasear
