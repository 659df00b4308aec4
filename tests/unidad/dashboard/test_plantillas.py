"""Los ficheros que se sirven: nada en línea, nada de fuera, y lo ajeno es exactamente lo que su manifiesto dice."""

import hashlib
import json
import re
from pathlib import Path

import pytest

import dashboard

pytestmark = pytest.mark.rapido
PANEL = Path(dashboard.__file__).parent
PLANTILLAS = sorted((PANEL / "templates").rglob("*.html"))
ESTATICOS = PANEL / "static" / "dashboard"
AJENOS = ESTATICOS / "vendor"
GUIONES = sorted((ESTATICOS / "js").glob("*.js"))
HOJAS = sorted((ESTATICOS / "css").glob("*.css"))

EN_LINEA = {
    "estilo": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "hoja": re.compile(r"<style[\s>]", re.I),
    "guion": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "manejador": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "htmx que evalúa": re.compile(r"hx-on|hx-vals=.js:|hx-trigger=\"[^\"]*\[", re.I),
    "de fuera": re.compile(r"(?:src|<link[^>]*href)=[\"']https?:", re.I),
}


@pytest.mark.parametrize("plantilla", PLANTILLAS, ids=lambda ruta: ruta.stem)
def test_nada_en_linea_ni_de_fuera(plantilla: Path) -> None:
    texto = re.sub(r"\{#.*?#\}", "", plantilla.read_text(encoding="utf-8"))
    assert [nombre for nombre, patron in EN_LINEA.items() if patron.search(texto)] == []


def test_el_manifiesto_dice_lo_que_hay() -> None:
    manifiesto = json.loads((AJENOS / "MANIFIESTO.json").read_text(encoding="utf-8"))
    dichos = {f["nombre"]: f for paquete in manifiesto["paquetes"] for f in paquete["ficheros"]}
    hay = {ruta.name for ruta in AJENOS.iterdir()} - {"MANIFIESTO.json"}
    assert hay == set(dichos)
    for nombre, dicho in dichos.items():
        contenido = (AJENOS / nombre).read_bytes()
        assert hashlib.sha256(contenido).hexdigest() == dicho["sha256"], nombre
        assert len(contenido) == dicho["octetos"], nombre
    for paquete in manifiesto["paquetes"]:
        assert paquete["version"] and paquete["licencia"]
        assert any(f["nombre"].startswith("LICENSE-") for f in paquete["ficheros"]), paquete["paquete"]


@pytest.mark.parametrize("guion", GUIONES, ids=lambda ruta: ruta.stem)
def test_los_modulos_propios_existen_y_no_evaluan_texto(guion: Path) -> None:
    texto = guion.read_text(encoding="utf-8")
    for importado in re.findall(r'from "([^"]+)"', texto):
        assert (guion.parent / importado).resolve().is_file(), importado
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", texto)
    assert not re.search(r"https?://", texto)


def test_las_hojas_no_traen_nada_de_fuera() -> None:
    for hoja in HOJAS:
        assert not re.search(r"@import|url\(\s*[\"']?https?:", hoja.read_text(encoding="utf-8")), hoja.name


def test_cada_icono_usado_existe() -> None:
    juego = (ESTATICOS / "img" / "iconos.svg").read_text(encoding="utf-8")
    hay = set(re.findall(r'<symbol id="([^"]+)"', juego))
    pedidos = {
        nombre
        for plantilla in PLANTILLAS
        for nombre in re.findall(r'\{% icono "([^"|]+)"\s', plantilla.read_text(encoding="utf-8"))
        if not nombre.endswith("-")
    }
    assert pedidos <= hay
    assert {"ganada", "perdida", "nula", "abierta"} <= hay
    assert {f"entorno-{entorno}" for entorno in ("simulado", "papel", "demo", "real")} <= hay


def test_las_frases_del_navegador_estan_en_la_plantilla() -> None:
    plantilla = (PANEL / "templates/dashboard/partes/textos.html").read_text(encoding="utf-8")
    for guion in GUIONES:
        for clave in re.findall(r'\btexto\("([^"]+)"\)', guion.read_text(encoding="utf-8")):
            nombre = clave.lower() if clave.isupper() else re.sub("[A-Z]", lambda letra: f"-{letra[0].lower()}", clave)
            assert f"data-{nombre}=" in plantilla, (guion.name, clave)
