"""Los documentos existen, se enlazan bien y dicen lo imprescindible."""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from core.configuracion import ConfigBot
from tests.arquitectura.codigo import modulos
from tests.rutas import RAIZ
from timonel.cli.registro import ORDENES

pytestmark = pytest.mark.rapido

ENLACE = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
# El texto oficial de la licencia Apache 2.0, tal como lo publica la fundación.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def _leer(nombre: str) -> str:
    return (RAIZ / nombre).read_text(encoding="utf-8")


def _documentos() -> list[Path]:
    return [*RAIZ.glob("*.md"), *(RAIZ / "docs").rglob("*.md")]


def test_cada_enlace_lleva_a_algo_que_existe() -> None:
    rotos = [
        f"{doc.relative_to(RAIZ)} → {destino}"
        for doc in _documentos()
        for destino in ENLACE.findall(doc.read_text(encoding="utf-8"))
        if "://" not in destino and not destino.startswith("mailto:") and not (doc.parent / destino).exists()
    ]
    assert rotos == []


def test_cada_documento_se_alcanza_desde_el_indice() -> None:
    indice = _leer("docs/README.md")
    sin_enlace = [
        doc.relative_to(RAIZ / "docs").as_posix()
        for doc in (RAIZ / "docs").rglob("*.md")
        if doc.name != "README.md" and f"({doc.relative_to(RAIZ / 'docs').as_posix()})" not in indice
    ]
    assert sin_enlace == []


@pytest.mark.parametrize(
    "palabra",
    [
        "IA (agente)", "Bot (orquestador)", "Metodología", "Magic Number", "Market", "Limit", "Reevaluación", "Filtro",
        "MT5", "TF", "SL", "TP", "EMA", "RSI", "MACD", "BD", "API", "P/L",
        "Slippage", "Spread", "Pip", "Lote", "Equity", "Drawdown",
    ],
)  # fmt: skip
def test_el_glosario_explica_cada_palabra_del_oficio(palabra: str) -> None:
    assert re.search(rf"^\| {re.escape(palabra)} \| \S.{{10,}} \|$", _leer("docs/glosario.md"), re.MULTILINE)


def test_la_licencia_es_el_texto_integro_de_apache_2() -> None:
    assert hashlib.sha256((RAIZ / "LICENSE").read_bytes()).hexdigest() == APACHE_2


def test_el_registro_de_cambios_tiene_sitio_para_lo_que_viene() -> None:
    assert "## Sin publicar" in _leer("CHANGELOG.md").splitlines()


def test_el_leeme_avisa_y_dice_como_empezar_y_como_parar() -> None:
    leeme = _leer("README.md")
    frases = ("make demo", "make test", "timonel alto", "py -3.11 -m venv", "## English")
    assert [frase for frase in frases if frase not in leeme] == []
    assert "esperanza" in leeme


def _claves(modelo: type[BaseModel], prefijo: str = "") -> Iterator[tuple[str, object]]:
    for nombre, campo in modelo.model_fields.items():
        if isinstance(campo.annotation, type) and issubclass(campo.annotation, BaseModel):
            yield from _claves(campo.annotation, f"{prefijo}{nombre}.")
        else:
            yield prefijo + nombre, campo.default


def test_cada_clave_de_un_bot_esta_documentada_con_su_valor_por_defecto() -> None:
    filas = dict(re.findall(r"^\| `([a-z][\w.]*)` \|[^|]*\| ([^|]*) \|", _leer("docs/configuracion.md"), re.MULTILINE))
    claves = dict(_claves(ConfigBot))
    assert filas.keys() == claves.keys()
    numeros = {c: v for c, v in claves.items() if isinstance(v, int | float | Decimal) and not isinstance(v, bool)}
    assert {c: Decimal(filas[c].strip("`")) for c in numeros} == {c: Decimal(str(v)) for c, v in numeros.items()}
    textos = {c: v for c, v in claves.items() if isinstance(v, str)}
    assert {c: filas[c].strip("`") for c in textos} == {c: str(v) for c, v in textos.items()}


def test_cada_variable_de_entorno_esta_en_la_configuracion_y_su_fichero_tambien() -> None:
    ejemplo = set(re.findall(r"^#(TIMONEL_\w+)=", _leer(".env.ejemplo"), re.MULTILINE))
    filas = [fila for fila in _leer("docs/configuracion.md").splitlines() if fila.startswith("| `TIMONEL_")]
    dichas = {nombre for fila in filas for nombre in re.findall(r"`(TIMONEL_\w+)`", fila.split("|")[1])}
    dichas |= {f"{re.findall('`(.+?)`', fila)[0]}_FILE" for fila in filas if "†" in fila.split("|")[1]}
    una_por_tipo = {v for v in ejemplo if v.startswith("TIMONEL_TWILIO_PLANTILLA_") and not v.endswith("GENERAL")}
    assert dichas == ejemplo - una_por_tipo


def test_cada_familia_de_errores_se_explica_en_la_consola() -> None:
    codigo = re.compile(r"\b([A-Z]{3,4})-(?:\d{2,3}|[A-Z]{2,3}\d)\b(?!\.)")
    usadas = {f for m in modulos() for f in codigo.findall((RAIZ / m.ruta).read_text(encoding="utf-8"))}
    filas = [fila.split("|")[1] for fila in _leer("docs/consola.md").splitlines() if fila.startswith("| `")]
    explicadas = {familia for fila in filas for familia in re.findall(r"`([A-Z]{3,4})`", fila)}
    assert explicadas == usadas - {"SHA", "UTF"}


def test_el_leeme_nombra_cada_orden_de_la_consola_y_ninguna_mas() -> None:
    filas = [fila.split("|")[1] for fila in _leer("README.md").splitlines() if fila.startswith("| `timonel ")]
    nombradas = [palabra for fila in filas for palabra in re.findall(r"`timonel (\w+)", fila)]
    assert sorted(nombradas) == sorted(ORDENES)


def test_la_consola_explica_cada_orden_y_suborden() -> None:
    frases = re.findall(r"`timonel (\w[^`]*)`((?: · `\w+`)*)", " ".join(_leer("docs/consola.md").split()))
    dichas = {" ".join(re.findall(r"^\w+(?: [a-z]+)?", orden)) for orden, _ in frases}
    dichas |= {f"{orden.split()[0]} {otra}" for orden, mas in frases for otra in re.findall(r"\w+", mas)}
    pedidas = {f"{nombre} {sub}" for nombre, ref in ORDENES.items() for sub in ref.ordenes}
    pedidas |= {nombre for nombre, ref in ORDENES.items() if not ref.ordenes}
    assert pedidas - dichas == set()


def test_las_decisiones_van_numeradas_sin_huecos_ni_repeticiones() -> None:
    numeros = sorted(int(ruta.name[:4]) for ruta in (RAIZ / "docs" / "adr").glob("[0-9]*.md"))
    assert numeros == list(range(1, len(numeros) + 1))


def test_cada_paquete_aparece_en_la_arquitectura() -> None:
    from tests.arquitectura.codigo import PAQUETES

    arquitectura = _leer("docs/arquitectura.md")
    assert [paquete for paquete in PAQUETES if f"`{paquete}/`" not in arquitectura] == []


def test_la_integracion_continua_hace_lo_mismo_que_make_test() -> None:
    orden = RAIZ / ".ci" / "run"
    assert os.access(orden, os.X_OK)
    assert re.search(r"^exec make test$", orden.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("objetivo", ["ayuda", "demo", "test", "test-largo", "lint", "bench", "rapido"])
def test_make_conoce_sus_objetivos(objetivo: str) -> None:
    entorno = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("MAKE")}
    fin = subprocess.run(
        ["make", "-n", objetivo], cwd=RAIZ, capture_output=True, text=True, check=False, timeout=30, env=entorno
    )
    assert fin.returncode == 0, fin.stderr


def test_make_demo_pasa_los_argumentos() -> None:
    entorno = {clave: valor for clave, valor in os.environ.items() if not clave.startswith("MAKE")}
    fin = subprocess.run(
        ["make", "-n", "demo", "SEGUNDOS=90", "JSON=1", "SEMILLA=7"],
        cwd=RAIZ, capture_output=True, text=True, check=True, timeout=30, env=entorno,
    )  # fmt: skip
    orden = " ".join(fin.stdout.replace("\\\n", " ").split())
    assert orden.endswith("timonel demo --segundos 90 --semilla 7 --json")
