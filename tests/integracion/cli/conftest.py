"""La consola dentro de la prueba (rápida) o en un proceso aparte (si manda el entorno), y una sede de laboratorio."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dominio.reloj import RelojSistema
from tests.rutas import RAIZ

# Palabras que solo aparecerían si se escapara un mensaje en inglés de una biblioteca.
INGLES = re.compile(
    r"\b(error:|usage|traceback|try|missing|invalid|no such|not|found|options|commands|required|default|did you mean"
    r"|unexpected|argument|denied|failed|file)\b",
    re.IGNORECASE,
)


class Dicho(NamedTuple):
    """Lo que dijo una orden: estado de salida y las dos salidas."""

    salida: int
    texto: str
    errores: str

    @property
    def json(self) -> Any:
        """Devuelve el objeto de la última línea de la salida estándar."""
        return json.loads(self.texto.splitlines()[-1])

    @property
    def codigo(self) -> str:
        """Devuelve el código del error, si lo hubo."""
        hallado = re.search(r"^\[([A-Z]+-\w+)\] ", self.errores, re.MULTILINE)
        return hallado[1] if hallado else ""


def exigir_error(dicho: Dicho, codigo: str, salida: int) -> None:
    """Comprueba lo que vale para cualquier error: código, estado, una frase en español y ninguna traza."""
    assert (dicho.codigo, dicho.salida) == (codigo, salida), dicho
    frase = next(linea for linea in dicho.errores.splitlines() if linea.startswith(f"[{codigo}] "))
    assert frase.endswith((".", "?")), frase
    todo = re.sub(r"«[^»]*»|/\S+|--\S+|\w+\.\w+", "", dicho.texto + dicho.errores)
    assert not INGLES.search(todo), INGLES.findall(todo)
    assert "Traceback" not in dicho.errores + dicho.texto


Consola = Callable[..., Dicho]


@pytest.fixture(autouse=True)
def _entorno_limpio(carpeta_datos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMONEL_FICHERO_ENV", str(carpeta_datos / ".env"))
    for nombre in [n for n in os.environ if n.startswith(("TIMONEL_DERIV", "TIMONEL_CLAVE", "TIMONEL_PERMITIR"))]:
        monkeypatch.delenv(nombre)


@pytest.fixture
def consola(capsys: pytest.CaptureFixture[str]) -> Consola:
    """La consola en este proceso."""
    from timonel.cli import principal

    def correr(*args: object) -> Dicho:
        capsys.readouterr()
        salida = principal([str(arg) for arg in args])
        visto = capsys.readouterr()
        return Dicho(salida, visto.out, visto.err)

    return correr


@pytest.fixture
def proceso() -> Consola:
    """La consola en un proceso aparte, con las variables que se le den."""

    def correr(*args: object, modulo: str = "timonel", **entorno: str) -> Dicho:
        hecho = subprocess.run(
            [sys.executable, "-m", modulo, *map(str, args)],
            env=os.environ | entorno,
            cwd=RAIZ,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
        return Dicho(hecho.returncode, hecho.stdout, hecho.stderr)

    return correr


class SedeEnHilo:
    """Una Deriv de laboratorio en un hilo: la orden que se prueba tiene su propio bucle."""

    def __init__(self, balance: int) -> None:
        self._balance = balance
        self._lista = threading.Event()
        self._hilo = threading.Thread(target=self._correr, daemon=True)

    def __enter__(self) -> "SedeEnHilo":
        self._hilo.start()
        assert self._lista.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self.bucle.call_soon_threadsafe(self._parar.set)
        self._hilo.join(20)

    def _correr(self) -> None:
        asyncio.run(self._vivir())

    async def _vivir(self) -> None:
        from dominio.azar import AzarSemilla
        from laboratorio.deriv import ServidorDeriv
        from simulacion.mercado_sintetico import MercadoSintetico
        from simulacion.sedes.deriv import LibroDeriv

        self.bucle, self._parar = asyncio.get_running_loop(), asyncio.Event()
        reloj = RelojSistema()
        self.libro = LibroDeriv(MercadoSintetico(5, reloj.epoch_ms() // 1000), reloj, AzarSemilla(5))
        self.libro.crear_cuenta("DOT90000001", balance=self._balance, token="clave-de-mentira")
        servidor = ServidorDeriv(self.libro, reloj)
        await servidor.iniciar()
        self.variables = {
            "TIMONEL_DERIV_REST_URL": servidor.url_rest,
            "TIMONEL_DERIV_WS_URL": servidor.url_ws,
            "TIMONEL_DERIV_TOKEN": "clave-de-mentira",
            "TIMONEL_DERIV_APP_ID": "1",
        }
        self._lista.set()
        await self._parar.wait()
        await servidor.detener()

    def comprar(self, simbolo: str, direccion: str) -> str:
        """Devuelve el número de un contrato comprado en la sede."""
        from decimal import Decimal

        from simulacion.sedes.deriv import Pedido

        async def hacer() -> str:
            pedido = Pedido(simbolo=simbolo, tipo=direccion, monto=Decimal(10), duracion=5, unidad="t")
            return str(self.libro.comprar("DOT90000001", pedido, self.libro.cotizar(pedido)).id)

        return asyncio.run_coroutine_threadsafe(hacer(), self.bucle).result(20)


@pytest.fixture
def sede(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[SedeEnHilo]:
    """Una sede de laboratorio con sus variables puestas; ``indirect`` da el balance de la cuenta."""
    with SedeEnHilo(getattr(request, "param", 10_000)) as abierta:
        for nombre, valor in abierta.variables.items():
            monkeypatch.setenv(nombre, valor)
        yield abierta


@pytest.fixture
def escribir_bot(carpeta_datos: Path) -> Callable[..., Path]:
    """Escribe un fichero de bot en la carpeta de datos."""

    def escribir(nombre: str, texto: str = "", entorno: str = "demo") -> Path:
        ruta = carpeta_datos / "bots" / f"{nombre}.yaml"
        ruta.parent.mkdir(exist_ok=True)
        bueno = f"nombre: {nombre}\nfamilia: deriv_dinamico\nentorno: {entorno}\nactivos: [R_50, R_100]\n"
        ruta.write_text(texto or bueno, encoding="utf-8")
        return ruta

    return escribir
