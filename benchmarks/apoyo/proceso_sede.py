"""Arranca la sede mínima en otro proceso y le habla por sus tuberías."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

PROGRAMA = Path(__file__).with_name("sede_minima.py")


class ProcesoSede:
    """La sede mínima de una medida; se apaga al salir del ``with``."""

    def __init__(self, cuenta: str, adelanto_s: int = 0) -> None:
        self.cuenta = cuenta
        self.adelanto_s = adelanto_s

    def __enter__(self) -> "ProcesoSede":
        orden = [sys.executable, str(PROGRAMA), self.cuenta, str(self.adelanto_s)]
        self._proceso = subprocess.Popen(orden, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.direccion = f"http://127.0.0.1:{self._leer().strip()}"
        return self

    def __exit__(
        self, _tipo: type[BaseException] | None, _fallo: BaseException | None, _rastro: TracebackType | None
    ) -> None:
        if self._proceso.stdin is not None:
            self._proceso.stdin.close()
        try:
            self._proceso.wait(5)
        except subprocess.TimeoutExpired:
            self._proceso.kill()

    def mandar(self, orden: str) -> None:
        """Pide a la sede un ``tick`` o el ``resto``."""
        if self._proceso.stdin is None:
            raise RuntimeError("la sede no está en marcha")
        self._proceso.stdin.write(orden + "\n")

    def cifras(self) -> list[float]:
        """Devuelve lo que la sede vio pasar entre cada tick y su compra, en µs, desde la última vez."""
        self.mandar("cifras")
        vistas: list[float] = json.loads(self._leer())
        return vistas

    def _leer(self) -> str:
        if self._proceso.stdout is None:
            raise RuntimeError("la sede no está en marcha")
        return self._proceso.stdout.readline()
