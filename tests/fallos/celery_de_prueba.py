"""La aplicación de Celery con una tarea más, que avisa de que empezó y espera permiso para acabar."""

import os
import threading
from pathlib import Path
from typing import Any

from dominio.reloj import RelojSistema
from historial.periodico import Periodico
from timonel.celery import app

LENTA = Periodico(nombre="lenta", funcion="x:y", cola="informes", cada_s=1.0, ranura_s=86_400, vence_s=1.0)
ESPERA_S = 60.0


@app.task(name="prueba.lenta", acks_late=True, reject_on_worker_lost=True)
def lenta(carpeta: str) -> dict[str, Any] | None:
    """Hace una vez al día lo que sea que haga; deja una línea por cada comienzo y una por cada final."""
    from historial.services.trabajos import hacer_una_vez  # Celery carga Django después de leer este módulo

    return hacer_una_vez(LENTA, lambda: _efecto(Path(carpeta)), reloj=RelojSistema())


def _efecto(carpeta: Path) -> dict[str, Any]:
    _anotar(carpeta / "empezados")
    espera, limite = threading.Event(), RelojSistema().monotonico() + ESPERA_S
    while not (carpeta / "sigue").exists() and RelojSistema().monotonico() < limite:
        espera.wait(0.02)
    _anotar(carpeta / "acabados")
    return {}


def _anotar(fichero: Path) -> None:
    descriptor = os.open(fichero, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, b"x\n")
    os.close(descriptor)
