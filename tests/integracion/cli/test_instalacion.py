"""``configurar``, ``doctor``, ``datos``, ``laboratorio``, ``trazabilidad``, ``simular indices`` y la ayuda."""

import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection

from tests.integracion.cli.conftest import INGLES, Consola, SedeEnHilo, exigir_error
from timonel import fichero_env
from timonel.cli.explicacion import duracion_tanda
from timonel.cli.registro import ORDENES
from timonel.cli.salida import dinero, duracion, numero


@pytest.mark.rapido
@pytest.mark.parametrize("orden", [[], *([nombre] for nombre in ORDENES), ["datos", "importar"], ["simular", "deriv"]])
def test_la_ayuda_esta_en_espanol(consola: Consola, orden: list[str]) -> None:
    dicho = consola(*orden, "--help")
    assert dicho.salida == 0
    assert dicho.texto.startswith("Uso: timonel")
    assert not INGLES.search(dicho.texto), INGLES.findall(dicho.texto)


@pytest.mark.rapido
def test_sin_orden_se_ensena_la_ayuda_y_es_mal_uso(consola: Consola) -> None:
    dicho = consola()
    assert dicho.salida == 2
    assert all(nombre in dicho.texto for nombre in ORDENES)


def test_mirar_la_ayuda_no_carga_lo_pesado() -> None:
    programa = (
        "import sys; from timonel.cli import principal; principal(['--help']); "
        "sys.exit(any(m in sys.modules for m in ('django', 'talib', 'polars', 'scipy', 'aiohttp', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", programa], capture_output=True, check=False).returncode == 0


def test_alto_no_carga_lo_que_no_necesita(carpeta_datos: Path) -> None:
    programa = (
        "import sys; from timonel.cli import principal; principal(['alto']); "
        "sys.exit(any(m in sys.modules for m in ('talib', 'polars', 'scipy', 'aiohttp', 'rich', 'typer', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", programa], capture_output=True, check=False).returncode == 0


@pytest.mark.rapido
def test_cifras_como_se_escriben_en_espanol() -> None:
    assert numero(1234567.891) == "1.234.567,89"
    assert numero(-0.001) == "0,00"
    assert (dinero(None), duracion(3_725), duracion(-4), duracion(200_000)) == ("—", "1 h 02 min", "0 s", "2 d 07 h")


@pytest.mark.rapido
def test_una_tanda_a_cara_o_cruz_dura_lo_que_se_dice() -> None:
    assert duracion_tanda(0.5, 1.0, 0.95) == (6, 3, 21)


@pytest.mark.rapido
def test_el_env_se_cambia_sin_perder_lo_ajeno(tmp_path: Path) -> None:
    ruta = tmp_path / ".env"
    ruta.write_text("# mío\nOTRA=1\nexport TIMONEL_DERIV_APP_ID=viejo  # nota\n", encoding="utf-8")
    fichero_env.escribir(ruta, {"TIMONEL_DERIV_APP_ID": "7", "TIMONEL_DERIV_TOKEN": "con espacio y #"})
    assert ruta.read_text(encoding="utf-8").startswith("# mío\nOTRA=1\nTIMONEL_DERIV_APP_ID=7\n")
    assert fichero_env.leer(ruta) == {
        "OTRA": "1",
        "TIMONEL_DERIV_APP_ID": "7",
        "TIMONEL_DERIV_TOKEN": "con espacio y #",
    }
    assert stat.S_IMODE(ruta.stat().st_mode) == 0o600


def test_configurar_prueba_escribe_y_no_pisa(consola: Consola, sede: SedeEnHilo, carpeta_datos: Path) -> None:
    pedido = ["configurar", "--bot", "mio", "--entorno", "demo", "--activos", "R_50,R_100"]
    dicho = consola(*pedido, "--json")
    assert dicho.salida == 0, dicho
    assert dicho.json["cuenta_probada"] == {"cuenta": "DOT90000001", "balance": 10000.0, "moneda": "USD"}
    ruta = carpeta_datos / "bots" / "mio.yaml"
    assert yaml.safe_load(ruta.read_text(encoding="utf-8"))["activos"] == ["R_50", "R_100"]
    assert stat.S_IMODE((carpeta_datos / ".env").stat().st_mode) == 0o600
    assert "clave-de-mentira" not in dicho.texto + dicho.errores + ruta.read_text(encoding="utf-8")
    exigir_error(consola(*pedido[:4], "papel"), "CON-01", 2)
    assert yaml.safe_load(ruta.read_text(encoding="utf-8"))["entorno"] == "demo"
    assert consola(*pedido[:4], "papel", "--si", "--json").json["entorno"] == "papel"


def test_configurar_apunta_donde_esta_la_clave_y_no_la_copia(
    consola: Consola, sede: SedeEnHilo, carpeta_datos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TIMONEL_DERIV_TOKEN")
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN_FILE", "")
    secreto = tmp_path / "clave.txt"
    secreto.write_text("clave-de-mentira\n", encoding="utf-8")
    pedido = ["configurar", "--bot", "mio", "--entorno", "demo", "--si", "--json", "--token-fichero"]
    exigir_error(consola(*pedido, tmp_path / "no_está"), "DER-005", 2)
    assert consola(*pedido, secreto).json["cuenta_probada"]["cuenta"] == "DOT90000001"
    assert fichero_env.leer(carpeta_datos / ".env")["TIMONEL_DERIV_TOKEN_FILE"] == str(secreto)
    assert "clave-de-mentira" not in (carpeta_datos / ".env").read_text(encoding="utf-8")


def test_configurar_con_una_clave_que_no_vale_no_escribe_nada(
    consola: Consola, sede: SedeEnHilo, carpeta_datos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", "otra-de-mentira")
    exigir_error(consola("configurar", "--bot", "mio", "--entorno", "demo", "--si"), "DER-102", 1)
    assert not (carpeta_datos / "bots").exists()
    assert not (carpeta_datos / ".env").exists()


@pytest.mark.django_db
def test_doctor_sano_y_enfermo(consola: Consola, sede: SedeEnHilo, escribir_bot: Any) -> None:
    # El PostgreSQL de las pruebas no espera al disco, y el doctor tiene que decirlo; SQLite sí espera.
    sin_disco = ["durabilidad"] if connection.vendor == "postgresql" else []
    sano = consola("doctor", "--json")
    estados = {una["nombre"]: una["estado"] for una in sano.json["comprobaciones"]}
    assert [nombre for nombre, estado in estados.items() if estado == "fallo"] == sin_disco
    assert (sano.salida, sano.json["correcto"]) == (int(bool(sin_disco)), not sin_disco), sano
    assert estados["sede"] == estados["reloj"] == "ok"
    assert estados["clave del operador"] == "aviso"
    escribir_bot("malo", "nombre: malo\n")
    enfermo = consola("doctor", "--sin-red", "--json")
    assert (enfermo.salida, enfermo.json["correcto"]) == (1, False)
    fallos = [una["nombre"] for una in enfermo.json["comprobaciones"] if una["estado"] == "fallo"]
    assert fallos == [*sin_disco, "bot malo"]
    assert "clave-de-mentira" not in sano.texto


def test_descargar_e_importar_datos(consola: Consola, sede: SedeEnHilo, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    bajado = consola("datos", "descargar", "R_50", "--cuantos", 50, "--json")
    assert (bajado.json["filas"], bajado.json["tipo"]) == (50, "ticks")
    exigir_error(consola("datos", "descargar", "R_50", "--velas", 61), "DER-401", 2)
    fichero = tmp_path / "velas.csv"
    fichero.write_text(
        "time,open,high,low,close\n2026-01-01 00:00,1,2,1,2\n2026-01-01 00:01,2,3,2,3\n", encoding="utf-8"
    )
    assert consola("datos", "importar", fichero, "EURUSD", "--json").json["duracion_s"] == 60
    exigir_error(consola("datos", "importar", fichero, "EURUSD"), "DAT-10", 2)
    assert {serie["simbolo"] for serie in consola("datos", "lista", "--json").json["series"]} == {"R_50", "EURUSD"}


def test_laboratorio_anuncia_y_se_cierra(carpeta_datos: Path) -> None:
    import json

    orden = [sys.executable, "-m", "timonel", "laboratorio", "--json", "--velocidad", "10"]
    with subprocess.Popen(orden, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as hijo:
        assert hijo.stdout is not None
        anuncio = json.loads(hijo.stdout.readline())
        hijo.send_signal(signal.SIGINT)
        resto, errores = hijo.communicate(timeout=20)
    assert anuncio["url_rest"].startswith("http://127.0.0.1:")
    assert set(anuncio["variables"]) >= {"TIMONEL_DERIV_REST_URL", "TIMONEL_DERIV_WS_URL", "TIMONEL_DERIV_TOKEN"}
    assert (hijo.returncode, resto, errores) == (0, "", "Laboratorio cerrado.\n")


@pytest.mark.rapido
def test_trazabilidad_cuenta_las_tres_especificaciones(consola: Consola) -> None:
    dicho = consola("trazabilidad", "--json")
    assert set(dicho.json) == {"000", "001", "002"}
    assert all({"filas", "cubiertas", "pendientes"} <= set(cuenta) for cuenta in dicho.json.values())


def test_simular_indices_mide_y_delata(consola: Consola) -> None:
    dicho = consola("simular", "indices", "--ticks", 5_000, "--semilla", 3, "--json")
    assert set(dicho.json) >= {"indices", "error_volatilidad_max_pct", "violaciones"}
    assert dicho.salida == int(bool(dicho.json["violaciones"]))
