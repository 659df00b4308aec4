"""Lo que se pide mal: siempre una frase en español con su código, el estado de salida correcto y ninguna traza."""

import json
import socket
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from dominio.reloj import RelojSistema
from historial.services import fijar_configuracion
from tests.integracion.cli.conftest import Consola, exigir_error


@pytest.mark.rapido
@pytest.mark.parametrize(
    ("args", "codigo", "pista"),
    [
        (["estdo"], "USO-02", "estado"),
        (["simular", "dervi"], "USO-02", "deriv"),
        (["--verboso"], "USO-01", "--help"),
        (["estado", "--jsn"], "USO-01", "--json"),
        (["resolver"], "USO-03", "ID"),
        (["exportar", "--bot"], "USO-04", "--bot"),
        (["estado", "--json=si"], "USO-04", "--json"),
        (["laboratorio", "--puerto", "hola"], "USO-05", "número entero"),
        (["laboratorio", "--puerto", "70000"], "USO-05", "demasiado grande"),
        (["datos", "importar", "x.csv", "R_50", "--formato", "xls"], "USO-05", "parquet"),
        (["exportar", "--ficticias", "--reales"], "USO-06", "no van juntas"),
        (["exportar", "--json"], "USO-06", "--salida"),
        (["alto", "--bot", "x", "--todos"], "USO-06", "--todos"),
        (["estado", "uno", "dos"], "USO-07", "dos"),
        (["exportar", "--desde", "ayer"], "USO-10", "2026-03-01"),
        (["exportar", "--desde", "2026-03-02", "--hasta", "2026-03-01"], "USO-10", "posterior"),
        (["exportar", "--desde", "2026-03-01", "--zona", "Marte/Olimpo"], "USO-11", "America/Bogota"),
        (["resolver", "abc"], "RES-01", "--contrato"),
    ],
)
def test_lo_mal_pedido_sale_con_dos_y_una_pista(consola: Consola, args: list[str], codigo: str, pista: str) -> None:
    dicho = consola(*args)
    exigir_error(dicho, codigo, 2)
    assert pista in dicho.errores


@pytest.mark.rapido
def test_con_json_el_error_es_el_ultimo_objeto(consola: Consola) -> None:
    dicho = consola("exportar", "--desde", "ayer", "--json", "--salida", "x.csv")
    assert dicho.json["error"]["codigo"] == "USO-10"
    assert set(dicho.json["error"]) == {"codigo", "mensaje", "que_hacer", "detalle"}


@pytest.mark.django_db
def test_un_alto_con_el_nombre_mal_escrito_no_da_falsa_tranquilidad(consola: Consola, carpeta_datos: Path) -> None:
    dicho = consola("alto", "--bot", "deriv_dinamco")
    exigir_error(dicho, "BOT-01", 2)
    assert "deriv_dinamico" in dicho.errores
    assert not list(carpeta_datos.glob("ALTO*"))


@pytest.mark.django_db(transaction=True)
def test_para_un_bot_que_solo_existe_en_la_base(consola: Consola, carpeta_datos: Path) -> None:
    fijar_configuracion("bot.solo_panel", "{}", "ana", ahora=RelojSistema().ahora())
    assert consola("alto", "--bot", "solo_panel").salida == 0
    assert [ruta.name for ruta in carpeta_datos.glob("ALTO*")] == ["ALTO.solo_panel"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("texto", "codigo", "pista"),
    [
        ("nombre: malo\nfamilia: deriv_dinamico\nactivos: [R_50]\nregla: {monto_ptc: 0.5}\n", "CFG-03", "monto_pct"),
        ("nombre: malo\nfamilia: deriv_dinamico\nactivos: [R_50]\nregla: {monto_pct: 2}\n", "CFG-03", "grande"),
        ("nombre: malo\n  activos: [", "CFG-02", "YAML"),
        ("- una\n- lista\n", "CFG-02", "claves"),
        ("nombre: malo\nfamilia: deriv_dinamico\nentorno: real\nactivos: [R_50]\n", "REAL-01", "TIMONEL_PERMITIR_REAL"),
    ],
)
def test_un_fichero_de_bot_malo_no_opera(
    consola: Consola, escribir_bot: Any, texto: str, codigo: str, pista: str
) -> None:
    escribir_bot("malo", texto)
    dicho = consola("operar", "malo", "--directo")
    exigir_error(dicho, codigo, 2)
    assert pista in dicho.errores


@pytest.mark.django_db
def test_un_fichero_que_no_es_texto_se_explica(consola: Consola, escribir_bot: Any) -> None:
    escribir_bot("malo").write_bytes(b"nombre: \xff\xfe\n")
    exigir_error(consola("operar", "malo", "--directo"), "CFG-02", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("orden", [["estado", "fantasma"], ["operar", "fantasma"], ["exportar", "--bot", "fantasma"]])
def test_un_bot_que_no_existe(consola: Consola, orden: list[str]) -> None:
    exigir_error(consola(*orden), "BOT-01", 2)


@pytest.mark.django_db
def test_sin_clave_no_hay_cuenta_demo(consola: Consola, escribir_bot: Any) -> None:
    escribir_bot("mio")
    dicho = consola("operar", "mio", "--directo")
    exigir_error(dicho, "DER-101", 2)
    assert "TIMONEL_DERIV_TOKEN" in dicho.errores


@pytest.mark.django_db
def test_una_direccion_ajena_no_se_toca(consola: Consola, escribir_bot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    escribir_bot("mio")
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", "clave-de-mentira")
    monkeypatch.setenv("TIMONEL_DERIV_REST_URL", "https://malo.example")
    dicho = consola("operar", "mio", "--directo")
    exigir_error(dicho, "DER-002", 2)
    assert "malo.example" in dicho.errores


@pytest.mark.django_db
def test_la_sede_apagada_sale_con_tres(consola: Consola, escribir_bot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    escribir_bot("mio")
    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", "clave-de-mentira")
    monkeypatch.setenv("TIMONEL_DERIV_APP_ID", "1")
    monkeypatch.setenv("TIMONEL_DERIV_REST_URL", f"http://127.0.0.1:{_puerto_libre()}")
    dicho = consola("operar", "mio", "--directo")
    exigir_error(dicho, "DER-201", 3)
    assert "clave-de-mentira" not in dicho.errores


@pytest.mark.rapido
def test_un_puerto_ocupado_sale_con_tres(consola: Consola) -> None:
    with socket.socket() as ocupado:
        ocupado.bind(("127.0.0.1", 0))
        ocupado.listen()
        exigir_error(consola("laboratorio", "--puerto", ocupado.getsockname()[1]), "LAB-02", 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sede", [20], indirect=True)
def test_un_monto_bajo_el_minimo_se_dice_y_no_se_opera(consola: Consola, sede: Any, escribir_bot: Any) -> None:
    escribir_bot("pobre", entorno="simulado")
    dicho = consola("operar", "pobre", "--segundos", 3, "--json")
    exigir_error(dicho, "SAL-01", 1)
    assert (dicho.json["ciclo"], dicho.json["contratos"]) == ("SIN_SALDO", 0)


def test_una_base_que_no_es_una_base(proceso: Consola, tmp_path: Path) -> None:
    rota = tmp_path / "rota.sqlite3"
    rota.write_bytes(b"esto no es una base de datos" * 100)
    dicho = proceso("estado", "--json", TIMONEL_BASE_DE_DATOS=f"sqlite://{rota}")
    exigir_error(dicho, "SRV-BD1", 3)
    assert dicho.json["error"]["codigo"] == "SRV-BD1"


def test_una_direccion_de_base_sin_sentido(proceso: Consola) -> None:
    exigir_error(proceso("estado", TIMONEL_BASE_DE_DATOS="mi base"), "CFG-BD1", 2)


def test_la_clave_de_la_base_no_se_ensena(proceso: Consola) -> None:
    direccion = f"postgresql://usuario:{'palabra'}-de-mentira@127.0.0.1:{_puerto_libre()}/nada"
    dicho = proceso("estado", TIMONEL_BASE_DE_DATOS=direccion)
    exigir_error(dicho, "SRV-BD1", 3)
    assert "palabra-de-mentira" not in dicho.errores + dicho.texto


def test_una_carpeta_de_datos_imposible(proceso: Consola, tmp_path: Path) -> None:
    estorbo = tmp_path / "estorbo"
    estorbo.write_text("un fichero donde debería haber una carpeta", encoding="utf-8")
    entorno = {"TIMONEL_BASE_DE_DATOS": "", "TIMONEL_DATOS": str(estorbo / "datos")}
    exigir_error(proceso("estado", **entorno), "SRV-BD1", 3)


def test_un_env_ilegible(proceso: Consola, tmp_path: Path) -> None:
    malo = tmp_path / "malo.env"
    malo.write_bytes(b"CLAVE=\xff\xfe\n")
    exigir_error(proceso("estado", TIMONEL_FICHERO_ENV=str(malo)), "ENV-01", 2)


@pytest.mark.rapido
def test_lo_inesperado_va_al_registro_sin_secretos(
    consola: Consola, carpeta_datos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def romper() -> None:
        raise RuntimeError("con clave-de-mentira dentro")

    monkeypatch.setenv("TIMONEL_DERIV_TOKEN", "clave-de-mentira")
    monkeypatch.setattr(import_module("timonel.trazabilidad.informe"), "informe", romper)
    dicho = consola("trazabilidad", "--json")
    exigir_error(dicho, "INT-01", 1)
    registro = (carpeta_datos / "registros" / "errores.log").read_text(encoding="utf-8")
    assert "RuntimeError" in registro
    assert "clave-de-mentira" not in registro + dicho.errores + json.dumps(dicho.json)


@pytest.mark.rapido
def test_interrumpir_no_dice_nada(consola: Consola, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrumpir() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("timonel.trazabilidad.informe"), "informe", interrumpir)
    dicho = consola("trazabilidad")
    assert (dicho.salida, dicho.texto.strip(), dicho.errores.strip()) == (130, "", "")


def _puerto_libre() -> int:
    with socket.socket() as suelto:
        suelto.bind(("127.0.0.1", 0))
        return int(suelto.getsockname()[1])
