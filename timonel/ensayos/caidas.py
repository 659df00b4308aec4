"""``simular caidas``: procesos operadores que mueren de verdad en cada punto de una orden, y renacen.

Cada repetición tiene su cuenta y su base; la sede es otro proceso con su propio libro, que decide quién tiene razón. El
reloj corre acelerado y es el mismo para todos. Además, un jefe congelado más allá de su arriendo: otro toma el mando y,
al despertar, el viejo no envía nada.
"""

import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import msgspec
from django.db import connections

from dominio.puntos_fallo import PUNTOS
from dominio.reloj import RelojSistema
from simulacion.sedes.deriv.modelos import Contrato, EnvioRecibido
from timonel.ensayos.vidas import Hora, Vida, operador, sede

FACTOR = 8.0
ORIGEN_MS = 1_767_225_600_000
MUERTES_ESPERADAS = (137, -signal.SIGKILL)
ESPERA_SEDE_S = 60.0
CONGELADOS = ("tras_intencion", "tras_enviando")
ARRIENDO_S = 10.0
procesos = multiprocessing.get_context("fork")


class _Caso:
    """Una repetición: muere en ``punto`` y renace."""

    def __init__(self, numero: int, punto: str, carpeta: Path, plantilla: Path) -> None:
        self.numero, self.punto = numero, punto
        self.cuenta, self.token = f"DOT{numero:08d}", f"clave-de-ensayo-{numero}"
        self.carpeta = carpeta / f"caso-{numero}"
        self.carpeta.mkdir()
        self.base = self.carpeta / "base.sqlite3"
        shutil.copyfile(plantilla, self.base)
        self.informe = self.carpeta / "informe.json"
        self.violaciones: list[str] = []

    def vida(self, hora: Hora, url: str, **cambios: Any) -> Vida:
        """Devuelve una vida de este caso."""
        comunes: dict[str, Any] = {"titular": f"{self.cuenta}-primera", "semilla": self.numero}
        return Vida(
            hora=hora, base=self.base, carpeta=self.carpeta, url_rest=url, token=self.token, **{**comunes, **cambios}
        )

    def leido(self) -> dict[str, Any]:
        """Devuelve el informe de la última vida, o vacío si no lo dejó."""
        return dict(json.loads(self.informe.read_text(encoding="utf-8"))) if self.informe.exists() else {}

    def ordenes(self) -> list[tuple[str, str | None]]:
        """Devuelve (estado, referencia) de cada orden de su base."""
        with closing(sqlite3.connect(self.base)) as base:
            return list(base.execute("SELECT estado, referencia FROM ordenes ORDER BY id"))


def ensayar(
    *, carpeta: Path, plantilla: Path, repeticiones: int, a_la_vez: int, semilla: int, al_avanzar: Callable[[], None]
) -> dict[str, Any]:
    """Devuelve las cifras del ensayo; ``violaciones`` vacía si se cumplió todo.

    ``plantilla``: una base migrada y vacía, que cada caso copia. Bifurca: llámese sin hilos y con Django ya cargado.
    """
    connections.close_all()
    nombres = [punto for punto in PUNTOS for _ in range(repeticiones)]
    casos = [_Caso(n, punto, carpeta, plantilla) for n, punto in enumerate(nombres, start=semilla * 10_000)]
    congelados = [
        _Caso(n, punto, carpeta, plantilla) for n, punto in enumerate(CONGELADOS, start=semilla * 10_000 + len(casos))
    ]
    hora = Hora(FACTOR, ORIGEN_MS, RelojSistema().epoch_ms() / 1000)
    libro_json = carpeta / "libro.json"
    with _sede(hora, semilla, {c.cuenta: c.token for c in (*casos, *congelados)}, libro_json) as url:
        _por_turnos([_morir_y_renacer(caso, hora, url, al_avanzar) for caso in casos], a_la_vez)
        _por_turnos([_congelar_y_despertar(caso, hora, url) for caso in congelados], a_la_vez)
    return _comparar(casos, congelados, libro_json)


Turno = Iterator[Any]


def _morir_y_renacer(caso: _Caso, hora: Hora, url: str, al_avanzar: Callable[[], None]) -> Turno:
    primera = _lanzar(caso.vida(hora, url, morir_en=caso.punto))
    yield primera
    if primera.exitcode not in MUERTES_ESPERADAS:
        caso.violaciones.append(f"no murió en {caso.punto}: salida {primera.exitcode}")
    segunda = _lanzar(caso.vida(hora, url, titular=f"{caso.cuenta}-segunda", informe=caso.informe))
    yield segunda
    if segunda.exitcode != 0 or "error" in caso.leido():
        caso.violaciones.append(f"no renació: salida {segunda.exitcode} {caso.leido()}")
    al_avanzar()


def _congelar_y_despertar(caso: _Caso, hora: Hora, url: str) -> Turno:
    viejo = _lanzar(caso.vida(hora, url, congelar_en=caso.punto))
    _esperar_congelado(viejo)
    nuevo = _lanzar(caso.vida(hora, url, titular=f"{caso.cuenta}-segunda", informe=caso.informe))
    yield nuevo
    if nuevo.exitcode != 0 or not caso.leido().get("enviadas"):
        caso.violaciones.append(f"el nuevo jefe no operó: {nuevo.exitcode} {caso.leido()}")
    os.kill(viejo.pid or 0, signal.SIGCONT)
    yield viejo


def _esperar_congelado(proceso: Any) -> None:
    """Espera a que el núcleo diga que el hijo se paró con SIGSTOP (sin recogerlo)."""
    os.waitid(os.P_PID, proceso.pid, os.WSTOPPED | os.WNOWAIT)


def _lanzar(vida: Vida) -> Any:
    proceso = procesos.Process(target=operador, args=(vida,))
    proceso.start()
    return proceso


def _por_turnos(turnos: list[Turno], a_la_vez: int) -> None:
    """Hace avanzar como mucho ``a_la_vez`` casos: cada uno cede el proceso que espera."""
    pendientes, vivos = list(reversed(turnos)), {}
    while pendientes or vivos:
        while pendientes and len(vivos) < a_la_vez:
            _avanzar(pendientes.pop(), vivos)
        for centinela in wait(list(vivos)):
            proceso, turno = vivos.pop(centinela)
            proceso.join()
            _avanzar(turno, vivos)


def _avanzar(turno: Turno, vivos: dict[Any, Any]) -> None:
    proceso = next(turno, None)
    if proceso is not None:
        vivos[proceso.sentinel] = (proceso, turno)


@contextmanager
def _sede(hora: Hora, semilla: int, cuentas: dict[str, str], libro_json: Path) -> Iterator[str]:
    lee, escribe = procesos.Pipe(duplex=False)
    proceso = procesos.Process(target=sede, args=(hora, semilla, cuentas, libro_json, escribe))
    proceso.start()
    try:
        if not lee.poll(ESPERA_SEDE_S):
            raise RuntimeError("la sede del ensayo no arrancó")
        yield lee.recv()
    finally:
        proceso.terminate()
        proceso.join(ESPERA_SEDE_S)


class _Libro(msgspec.Struct):
    contratos: list[Contrato]


def _comparar(casos: list[_Caso], congelados: list[_Caso], libro_json: Path) -> dict[str, Any]:
    contratos = msgspec.json.decode(libro_json.read_bytes(), type=_Libro).contratos
    envios = msgspec.json.decode(libro_json.with_suffix(".envios").read_bytes(), type=list[EnvioRecibido])
    duplicadas = huerfanas = viejos = 0
    for caso in (*casos, *congelados):
        ordenes = caso.ordenes()
        referencias = [referencia for _, referencia in ordenes if referencia]
        comprados = [str(c.id) for c in contratos if c.cuenta == caso.cuenta]
        huerfanas += len(set(comprados) - set(referencias))
        sin_duda = all(estado not in ("ENVIANDO", "DESCONOCIDA", "REVISION") for estado, _ in ordenes)
        duplicadas += len(referencias) - len(set(referencias)) + max(0, len(comprados) - len(ordenes))
        if not sin_duda:
            caso.violaciones.append(f"quedó algo sin resolver: {ordenes}")
    for caso in congelados:  # el viejo se congeló antes de su primer envío: todo lo recibido ha de ser del nuevo
        recibidos = sum(envio.cuenta == caso.cuenta for envio in envios)
        viejos += recibidos - int(caso.leido().get("enviadas", 0))
    informes = [caso.leido() for caso in casos]
    violaciones = [f"{c.cuenta} {c.punto}: {mala}" for c in (*casos, *congelados) for mala in c.violaciones]
    for cuenta, texto in ((duplicadas, "duplicadas"), (huerfanas, "huérfanas"), (viejos, "envíos con ficha vieja")):
        if cuenta:
            violaciones.append(f"{cuenta} {texto}")
    return {
        "muertes": len(casos),
        "por_punto": {punto: sum(caso.punto == punto for caso in casos) for punto in PUNTOS},
        "duplicadas": duplicadas,
        "huerfanas": huerfanas,
        "recuperacion_max_s": _maximo(informes, "recuperacion_s"),
        "resolucion_max_s": _maximo(informes, "resolucion_s"),
        "congelados": len(congelados),
        "envios_con_ficha_vieja": viejos,
        "factor": FACTOR,
        "violaciones": violaciones,
    }


def _maximo(informes: list[dict[str, Any]], clave: str) -> float | None:
    """Devuelve el mayor; None si alguno no lo logró (y entonces hay violación)."""
    valores = [informe.get(clave) for informe in informes]
    return None if any(valor is None for valor in valores) else max(valores, default=0.0)  # type: ignore[type-var]
