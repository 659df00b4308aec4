"""La demostración como la usa un recién llegado: en su proceso, con su base, y también cuando la matan."""

import csv
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulacion.sedes.deriv.modelos import Contrato

pytestmark = [pytest.mark.xdist_group("procesos"), pytest.mark.timeout(240)]
SONDEO_S = 0.25


class _Libro(msgspec.Struct):
    contratos: list[Contrato]


def _entorno(datos: Path) -> dict[str, str]:
    limpio = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    return {**limpio, "TIMONEL_DATOS": str(datos), "TIMONEL_FICHERO_ENV": str(datos / "sin.env")}


def _timonel(datos: Path, *orden: str) -> dict[str, Any]:
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel", *orden, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=_entorno(datos),
    )
    assert hecho.returncode == 0, hecho.stdout + hecho.stderr
    return json.loads(hecho.stdout.splitlines()[-1])


def _propios(datos: Path) -> list[Contrato]:
    libro = msgspec.json.decode((datos / "demo" / "libro.json").read_bytes(), type=_Libro)
    return [contrato for contrato in libro.contratos if contrato.propia]


def _centimos(valor: float) -> Decimal:
    return Decimal(str(valor)).quantize(Decimal("0.01"))


def test_la_demo_cuadra_al_centimo_y_su_csv_es_el_libro_de_la_sede(tmp_path):
    resumen = _timonel(tmp_path, "demo", "--segundos", "25", "--semilla", "7")
    contratos = _propios(tmp_path)
    cerrados = [contrato for contrato in contratos if contrato.cerrado]
    assert resumen["contratos"] == len(cerrados) >= 1
    assert resumen["ganados"] == sum(contrato.estado == "won" for contrato in cerrados)
    beneficio = sum((contrato.beneficio for contrato in cerrados), Decimal(0))
    assert _centimos(resumen["beneficio_total"]) == beneficio
    assert _centimos(resumen["balance_final"]) - _centimos(resumen["balance_inicial"]) == beneficio
    assert {"ciclo", "semilla", "perdidos", "bots"} <= resumen.keys()
    assert resumen["bots"][0]["contratos"] == resumen["contratos"]
    exportado = _timonel(tmp_path, "exportar", "--bot", "deriv_dinamico", "--salida", str(tmp_path / "o.csv"))
    filas = list(csv.DictReader((tmp_path / "o.csv").open(encoding="utf-8-sig")))
    assert exportado["filas"] == len(filas) == len(contratos)
    de_la_sede = {
        str(c.id): (c.pedido.simbolo, c.pedido.tipo, c.precio, c.entrada[1] if c.entrada else None) for c in contratos
    }
    del_csv = {
        f["numero_contrato"]: (f["activo"], f["direccion"], Decimal(f["monto"]), float(f["precio_entrada"]))
        for f in filas
    }
    assert del_csv == de_la_sede


class _Navegador:
    """Lo justo de un navegador: galletas y formularios."""

    def __init__(self) -> None:
        self._galletas = http.cookiejar.CookieJar()
        self._abrir = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._galletas)).open

    def pedir(self, url: str, campos: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Devuelve (estado, dirección final, texto)."""
        datos = None if campos is None else urllib.parse.urlencode(campos).encode()
        try:
            with self._abrir(urllib.request.Request(url, datos, {"Referer": url}), timeout=60) as respuesta:
                return respuesta.status, respuesta.url, respuesta.read().decode()
        except urllib.error.HTTPError as fallo:
            return fallo.code, url, fallo.read().decode()

    def enviar(self, url: str, pagina: str, campos: dict[str, str]) -> tuple[int, str, str]:
        """Devuelve lo que da el formulario de esa página."""
        ficha = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', pagina)
        assert ficha is not None, pagina[:500]
        return self.pedir(url, {"csrfmiddlewaretoken": ficha[1], **campos})


@contextmanager
def _demo_viva(datos: Path, *opciones: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Una demostración en marcha y las líneas que va diciendo por la salida de errores."""
    proceso = subprocess.Popen(
        [sys.executable, "-m", "timonel", "demo", "--json", "--puerto", "0", *opciones],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_entorno(datos),
    )
    lineas: list[str] = []

    def leer() -> None:
        assert proceso.stderr is not None
        lineas.extend(iter(proceso.stderr.readline, ""))

    threading.Thread(target=leer, daemon=True).start()
    try:
        yield proceso, lineas
    finally:
        proceso.kill()
        proceso.wait()


def _hasta(cumplido: Callable[[], Any], que: str, plazo_s: float = 120.0) -> Any:
    limite = time.monotonic() + plazo_s
    while not (valor := cumplido()):
        assert time.monotonic() < limite, f"no llegó: {que}"
        threading.Event().wait(SONDEO_S)
    return valor


def _mandar(datos: Path, orden: str) -> None:
    """Pide una orden al bot de la demostración, como hace el panel."""
    programa = (
        "from timonel.arranque import preparar; preparar(migrar=False)\n"
        "import uuid; from dominio.reloj import RelojSistema; from historial.services import pedir_mando\n"
        f"pedir_mando('deriv_dinamico', {orden!r}, {{}}, 'prueba', uuid.uuid4().hex, ahora=RelojSistema().ahora())\n"
    )
    subprocess.run([sys.executable, "-c", programa], check=True, env=_entorno(datos))


def _ultima_orden(datos: Path) -> dict[str, Any]:
    programa = (
        "from timonel.arranque import preparar; preparar(migrar=False)\n"
        "import json; from historial.models import OrdenMando\n"
        "fila = OrdenMando.objects.order_by('-pk').first()\n"
        "print(json.dumps({'orden': fila.orden, 'estado': fila.estado}))\n"
    )
    hecho = subprocess.run([sys.executable, "-c", programa], check=True, env=_entorno(datos), capture_output=True)
    return dict(json.loads(hecho.stdout))


def test_la_demo_abre_el_panel_y_su_enlace_entra_una_sola_vez(tmp_path: Path) -> None:
    with _demo_viva(tmp_path) as (proceso, lineas):
        enlace = _hasta(lambda: re.search(r"(http://127\.0\.0\.1:\d+)(/acceso/enlace/\S+)", "".join(lineas)), "enlace")
        base, url = enlace[1], enlace[0]
        persona = _Navegador()
        estado, final, pagina = persona.pedir(url)
        assert estado == 200
        clave = "una contraseña larga de prueba 42"
        estado, final, pagina = persona.enviar(final, pagina, {"nueva": clave, "repetida": clave})
        assert estado == 200, pagina[:800]
        estado, final, pagina = persona.pedir(base + "/")
        assert estado == 200 and "/entrar" not in final and "SIMULADO" in pagina
        assert persona.pedir(base + "/api/v1/estado/")[0] == 200
        assert _Navegador().pedir(url)[0] != 200, "el enlace valió dos veces"
        estado, _, pagina = _Navegador().pedir(base + "/api/v1/estado/")
        assert estado == 401, "sin entrar no se ve nada"
        _hasta(lambda: (tmp_path / "demo" / "libro.json").exists() and _propios(tmp_path), "primer contrato")
        proceso.send_signal(signal.SIGINT)
        salida, _ = proceso.communicate(timeout=90)
        assert proceso.returncode == 0, salida + "".join(lineas)
    resumen = json.loads(salida.splitlines()[-1])
    assert resumen["panel"] == {"url": f"{base}/", "enlace": url}
    assert resumen["contratos"] >= 1


def test_desde_el_panel_se_para_y_se_arranca_sin_que_acabe_la_demo(tmp_path: Path) -> None:
    pid = tmp_path / "procesos" / "deriv_dinamico.pid"
    with _demo_viva(tmp_path, "--semilla", "3") as (proceso, _lineas):
        _hasta(pid.exists, "bot en marcha")
        _mandar(tmp_path, "parar")
        _hasta(lambda: not pid.exists(), "bot parado")
        assert proceso.poll() is None
        _mandar(tmp_path, "arrancar")
        _hasta(pid.exists, "bot arrancado otra vez")
        assert _ultima_orden(tmp_path) == {"orden": "arrancar", "estado": "hecha"}
        _mandar(tmp_path, "reconfigurar")
        _hasta(lambda: _ultima_orden(tmp_path)["estado"] == "hecha", "reconfigurado")
        proceso.send_signal(signal.SIGTERM)
        proceso.wait(90)
        assert proceso.returncode == 0


def test_matada_a_medias_sigue_con_la_misma_cuenta_y_no_pierde_nada(tmp_path):
    victima = subprocess.Popen(
        [sys.executable, "-m", "timonel", "demo", "--json", "--semilla", "5"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_entorno(tmp_path),
    )
    try:
        for _ in range(400):
            with pytest.raises(subprocess.TimeoutExpired):
                victima.wait(SONDEO_S)
            if (tmp_path / "demo" / "libro.json").exists() and _propios(tmp_path):
                break
    finally:
        victima.kill()
        victima.wait()
    antes = [contrato.id for contrato in _propios(tmp_path)]
    assert antes
    resumen = _timonel(tmp_path, "demo", "--segundos", "6")
    assert (resumen["reanudada"], resumen["semilla"]) == (True, 5)
    despues = _propios(tmp_path)
    assert [contrato.id for contrato in despues][: len(antes)] == antes
    assert all(contrato.cerrado for contrato in despues)
    exportado = _timonel(tmp_path, "exportar", "--bot", "deriv_dinamico", "--salida", str(tmp_path / "o.csv"))
    assert exportado["filas"] == len(despues)
