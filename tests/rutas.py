"""Dónde están las cosas que las pruebas leen: el repositorio y los datos de referencia que no forman parte de él."""

import os
from pathlib import Path

import pytest

RAIZ = Path(__file__).resolve().parent.parent
COMPARTIDO = Path(os.environ.get("TIMONEL_COMPARTIDO", RAIZ.parent / "shared"))
ESPECIFICACIONES = Path(os.environ.get("TIMONEL_ESPECIFICACIONES", COMPARTIDO / "especificaciones"))
ESQUEMAS_DERIV = COMPARTIDO / "datos" / "deriv_schemas"


def o_saltar(ruta: Path) -> Path:
    """Devuelve la ruta si se puede leer; si no, salta la prueba y dice por qué."""
    if not ruta.exists():
        pytest.skip(f"no está {ruta.name}: indique la carpeta con TIMONEL_COMPARTIDO")
    return ruta
