"""R30: con un canario en cada ajuste secreto, ninguno aparece en lo que se imprime, se registra, se guarda o se lanza.

Se mira la salida y los errores de las órdenes, los registros, la base entera, los ficheros de la carpeta de datos, las
exportaciones y el texto de las excepciones. Las direcciones de un solo uso de la sede cuentan como secretos.
"""

import asyncio
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from dominio.azar import AzarSemilla
from dominio.errores import ErrorTimonel
from laboratorio.deriv.nombres_fallos import F13, F18
from tests.fallos.banco import Banco, en_banco
from tests.integracion.cli.conftest import SedeEnHilo
from tests.rutas import RAIZ
from timonel.ensayos.taller import en_linea

pytestmark = pytest.mark.fallos

CANARIO = "pat-canario-7f3a91c2"
OTROS = {
    "TIMONEL_CLAVE_SECRETA": "canario-secreta-51be",
    "TIMONEL_CLAVE_OPERADOR": "canario-operador-88d0",
    "TIMONEL_CLAVE_OPERADOR_NUEVA": "canario-nueva-4c1f",
}
DE_LA_BASE = "canario-base-09aa"
TODOS = (CANARIO, DE_LA_BASE, *OTROS.values())


def _hallados(texto: str, secretos: tuple[str, ...] = TODOS) -> list[str]:
    return [secreto for secreto in secretos if secreto in texto]


def _volcado() -> str:
    """Devuelve todas las filas de todas las tablas, como texto."""
    with connection.cursor() as cursor:
        filas: list[Any] = []
        for tabla in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(tabla)}")
            filas += cursor.fetchall()
    return repr(filas)


def _ficheros(carpeta: Path) -> str:
    leidos = (ruta.read_bytes().decode("latin-1") for ruta in sorted(carpeta.rglob("*")) if ruta.is_file())
    return "\n".join(leidos)


class _Recordados(dict):  # type: ignore[type-arg]
    """Las direcciones de un solo uso que dio la sede, también las gastadas."""

    vistas: tuple[str, ...] = ()

    def __setitem__(self, clave: str, valor: object) -> None:
        self.vistas = (*self.vistas, clave)
        super().__setitem__(clave, valor)


@pytest.mark.django_db(transaction=True)
def test_r30_el_bot_con_fallos_no_deja_la_clave_en_ningun_sitio(
    carpeta_datos: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    lanzadas: list[str] = []
    otps = _Recordados()

    async def prueba(banco: Banco) -> None:
        banco.token = banco.libro.cuentas[banco.cuenta].token = CANARIO
        banco.servidor.rest._otps = otps
        banco.servidor.fallos.sorteo_por_contrato(0.3, azar=AzarSemilla("canario"))
        for modo in ("json_roto", "binario", "1006", "tormenta"):
            banco.servidor.fallos.programar(F18, modo=modo)
        bot = await banco.nacer()
        await banco.hasta(lambda: len(banco.compras) >= 12, 6000, muerto_vale=True)
        lanzadas.append(f"{bot!r} {bot.cliente.config!r} {banco.conexion} {banco.conexion.model_dump_json()}")
        banco.servidor.fallos.sorteo_por_contrato(0.0)
        banco.servidor.fallos.programar(F13)
        banco.servidor.cortar_todas()
        await asyncio.sleep(30)
        await _lanzar(bot.cliente.terminado(), lanzadas)
        await banco.morir()
        await _lanzar(banco.nacer(), lanzadas)
        await banco.servidor.apagones.empezar("rechazo")
        await _lanzar(asyncio.wait_for(banco.nacer(), 20), lanzadas)
        await banco.servidor.apagones.terminar()

    en_banco(carpeta_datos, prueba, semilla=6, cambios={"regla": {"stop_pct": "50"}})
    assert len(otps.vistas) >= 5
    assert len(lanzadas) >= 3
    dicho = capsys.readouterr()
    registro = "\n".join(f"{linea.getMessage()} {linea.exc_text or ''} {linea.args!r}" for linea in caplog.records)
    for donde, texto in {
        "salida": dicho.out + dicho.err,
        "registros": registro + caplog.text,
        "base": en_linea(_volcado),
        "ficheros": _ficheros(carpeta_datos),
        "excepciones": "\n".join(lanzadas),
    }.items():
        assert not _hallados(texto, (CANARIO, *otps.vistas)), donde


async def _lanzar(tarea: Any, lanzadas: list[str]) -> None:
    """Guarda cuanto dice la excepción con que acaba la tarea: texto, repr, detalle y traza con sus causas."""
    try:
        await tarea
    except (ErrorTimonel, TimeoutError) as fallo:
        detalle = fallo.como_dict() if isinstance(fallo, ErrorTimonel) else {}
        lanzadas.append(f"{fallo} {fallo!r} {detalle} {''.join(traceback.format_exception(fallo))}")


OPERAR = ["operar", "canario", "--segundos", "1", "--json"]
CORTAS = [
    OPERAR,
    ["exportar", "--bot", "canario", "--salida", "operaciones.csv", "--json"],
    ["doctor", "--json"],
    ["configurar", "--clave", "--json"],
    ["reanudar", "--json"],
]
LARGAS = [["estado", "--json"], ["alto", "--json"], ["auditoria", "verificar", "--json"], ["operar", "ninguno"]]
MALOS = [
    {"TIMONEL_DERIV_TOKEN": CANARIO + "x"},  # la sede la rechaza
    {"TIMONEL_BASE_DE_DATOS": f"postgresql://bot:{DE_LA_BASE}@127.0.0.1:9/timonel"},
]
MALOS_LARGOS = [
    {"TIMONEL_DERIV_REST_URL": "http://127.0.0.1:9"},  # nadie escucha
    {"TIMONEL_DERIV_REST_URL": f"http://{CANARIO}@servidor.invalid"},
    {"TIMONEL_BASE_DE_DATOS": f"mysql://bot:{DE_LA_BASE}@127.0.0.1/timonel"},
    {"TIMONEL_DERIV_DIALECTO": CANARIO},
]
UN_BOT = "nombre: canario\nfamilia: deriv_dinamico\nentorno: simulado\nactivos: [1HZ100V]\n"


def _ordenes(tmp_path: Path, ordenes: list[list[str]], malos: list[dict[str, str]]) -> None:
    datos = tmp_path / "datos"
    (datos / "bots").mkdir(parents=True)
    (datos / "bots" / "canario.yaml").write_text(UN_BOT, encoding="utf-8")
    with SedeEnHilo(10_000) as sede:
        sede.libro.cuentas["DOT90000001"].token = CANARIO
        entorno = _entorno(datos, **sede.variables | {"TIMONEL_DERIV_TOKEN": CANARIO})
        dichos = [_timonel(orden, entorno, tmp_path) for orden in ordenes]
        fallidos = [_timonel(OPERAR, entorno | mal, tmp_path) for mal in malos]
    assert dichos[0].returncode == 0, dichos[0].stderr
    assert all(dicho.returncode != 0 for dicho in fallidos)
    for orden, dicho in zip([*ordenes, *malos], [*dichos, *fallidos], strict=True):
        assert not _hallados(dicho.stdout + dicho.stderr), orden
    escrito = _ficheros(tmp_path)
    assert "numero_contrato" in escrito
    assert not _hallados(escrito)


def test_r30_las_ordenes_no_dicen_ningun_secreto(tmp_path: Path) -> None:
    _ordenes(tmp_path, CORTAS, MALOS)


@pytest.mark.nocturno
def test_r30_ninguna_orden_dice_ningun_secreto(tmp_path: Path) -> None:
    _ordenes(tmp_path, CORTAS + LARGAS, MALOS + MALOS_LARGOS)


def _entorno(datos: Path, **variables: str) -> dict[str, str]:
    limpio = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("TIMONEL_")}
    return limpio | OTROS | variables | {"TIMONEL_DATOS": str(datos), "TIMONEL_FICHERO_ENV": str(datos / ".env")}


def _timonel(orden: list[str], entorno: dict[str, str], carpeta: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "timonel.cli", *orden],
        cwd=carpeta,
        env=entorno | {"PYTHONPATH": str(RAIZ)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
        stdin=subprocess.DEVNULL,
    )
