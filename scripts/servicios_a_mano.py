"""Corre a mano la orden de cada servicio de compose.yaml y mira que haga lo suyo: véase tests/servicios/a_mano.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.servicios.a_mano import principal

if __name__ == "__main__":
    raise SystemExit(principal())
