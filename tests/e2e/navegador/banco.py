"""Una instalación entera para el navegador: carpeta y base propias, el panel servido, un bot en marcha y otro en pausa.

Cada pieza es el programa de verdad en su proceso: ``timonel panel``, ``timonel demo`` y la siembra, que escribe por los
servicios. Lo usan las pruebas y ``scripts/capturas.py``.
"""

import ctypes
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from tests.rutas import RAIZ

CLAVE_DE_FIRMA = "clave-solo-de-pruebas-" + "x" * 40
SEMILLA = "7"
PLAZO_S = 120.0


class Banco:
    """Los procesos y la dirección del panel. ``cerrar`` los termina todos."""

    def __init__(self, carpeta: Path, *, zona: str = "America/Bogota") -> None:
        self.carpeta = carpeta
        self.url = ""
        self.enlace = ""
        self.esperado: dict[str, Any] = {}
        self._procesos: list[subprocess.Popen[str]] = []
        self._registros: list[IO[str]] = []
        self._entorno = entorno(carpeta, zona)

    def abrir(self, *, con_demo: bool = True) -> "Banco":
        """Siembra, sirve el panel y arranca el bot de la demostración; vuelve cuando el panel responde."""
        self.esperado = self.siembra("todo")
        dicho = self._lanzar("panel", "-m", "timonel", "panel", "--puerto", "0", "--json", espera_linea=True)
        self.url, self.enlace = dicho["url"].rstrip("/"), dicho["enlace"]
        self._lanzar("latidos", "-m", "tests.e2e.navegador.siembra", "latir")
        if con_demo:
            self._esperar_latido(self._abrir("demo", *_orden_demo()))
        return self

    def _esperar_latido(self, demo: "subprocess.Popen[str]") -> None:
        """Vuelve cuando el bot de la demostración da su primera señal de vida."""
        base = f"file:{self.carpeta}/datos/timonel.sqlite3?mode=ro"
        limite = time.monotonic() + PLAZO_S
        while time.monotonic() < limite and demo.poll() is None:
            with closing(sqlite3.connect(base, uri=True)) as conexion:
                if conexion.execute("SELECT 1 FROM latidos WHERE bot = 'deriv_dinamico'").fetchone():
                    return
            time.sleep(0.2)
        raise RuntimeError(f"la demostración no arrancó:\n{(self.carpeta / 'demo.log').read_text()}")

    def siembra(self, *que: str) -> dict[str, Any]:
        """Corre una parte de la siembra y devuelve lo que dice."""
        hecho = subprocess.run(
            [sys.executable, "-m", "tests.e2e.navegador.siembra", *que],
            cwd=RAIZ, env=self._entorno, capture_output=True, text=True, timeout=PLAZO_S, check=False,
        )  # fmt: skip
        if hecho.returncode != 0:
            raise RuntimeError(f"la siembra «{' '.join(que)}» falló:\n{hecho.stdout}{hecho.stderr}")
        leido: dict[str, Any] = json.loads(hecho.stdout.splitlines()[-1])
        return leido

    def escritor(self) -> "subprocess.Popen[str]":
        """Devuelve un proceso que, por cada línea que se le escribe, confirma un suceso y contesta cuándo."""
        return self._abrir("escritor", "-m", "tests.e2e.navegador.siembra", "escribir", entrada=subprocess.PIPE)

    def cerrar(self) -> None:
        """Termina los procesos, el último primero."""
        for proceso in reversed(self._procesos):
            if proceso.poll() is None:
                proceso.send_signal(signal.SIGTERM)
        for proceso in reversed(self._procesos):
            try:
                proceso.wait(15)
            except subprocess.TimeoutExpired:
                proceso.kill()
                proceso.wait()
            for tubo in (proceso.stdin, proceso.stdout):
                if tubo is not None:
                    tubo.close()
        for registro in self._registros:
            registro.close()

    def _lanzar(self, nombre: str, *orden: str, espera_linea: bool = False) -> dict[str, Any]:
        proceso = self._abrir(nombre, *orden)
        if not espera_linea:
            return {}
        assert proceso.stdout is not None
        linea = proceso.stdout.readline()
        if not linea:
            proceso.wait(5)
            raise RuntimeError(f"{nombre} no arrancó:\n{(self.carpeta / f'{nombre}.log').read_text()}")
        leido: dict[str, Any] = json.loads(linea)
        return leido

    def _abrir(self, nombre: str, *orden: str, entrada: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        registro = (self.carpeta / f"{nombre}.log").open("w", encoding="utf-8")
        self._registros.append(registro)
        proceso = subprocess.Popen(
            [sys.executable, *orden],
            cwd=RAIZ, env=self._entorno, stdin=entrada, stdout=subprocess.PIPE, stderr=registro, text=True,
            preexec_fn=_morir_con_el_padre,
        )  # fmt: skip
        self._procesos.append(proceso)
        return proceso


def entorno(carpeta: Path, zona: str = "America/Bogota") -> dict[str, str]:
    """Devuelve el entorno de los procesos: nada de quien corre las pruebas, ni sus claves ni sus sedes."""
    propio = {nombre: valor for nombre, valor in os.environ.items() if not nombre.startswith("TIMONEL_")}
    return propio | {
        "DJANGO_SETTINGS_MODULE": "timonel.settings",
        "TIMONEL_DATOS": str(carpeta / "datos"),
        "TIMONEL_BASE_DE_DATOS": "",
        "TIMONEL_CLAVE_SECRETA": CLAVE_DE_FIRMA,
        "PYTHONUNBUFFERED": "1",
        "TZ": zona,
    }


def _orden_demo() -> tuple[str, ...]:
    orden = ("-m", "timonel", "demo", "--json", "--nueva", "--semilla", SEMILLA)
    return (*orden, "--sin-panel") if _admite("--sin-panel") else orden


def _admite(opcion: str) -> bool:
    return opcion in (RAIZ / "timonel" / "cli" / "demo.py").read_text(encoding="utf-8")


def _morir_con_el_padre() -> None:
    """Si matan a quien corre las pruebas, los procesos se van con él."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
