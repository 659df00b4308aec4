"""Los dos idiomas: nada sin traducir, nada traducido que ya no se use, y ninguna página con los dos mezclados."""

import ast
import gettext
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation.template import templatize

from tests.integracion.panel import sembrado
from tests.rutas import RAIZ

PANEL = RAIZ / "dashboard"
CATALOGO = PANEL / "locale" / "en" / "LC_MESSAGES" / "django"
FUNCIONES = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "pgettext": 2, "pgettext_lazy": 2}
CON_CONTEXTO = ("pgettext", "pgettext_lazy")
_LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_LLAMADA = re.compile(rf"\b(p?gettext|ngettext|npgettext|_)\(({_LITERAL}(?:, *{_LITERAL})*)")
_TEXTO = re.compile(_LITERAL)
RUTAS = ("/", "/simulacion/", "/operaciones/", "/avisos/", "/sistema/", "/ajustes/", "/ajustes/bots/deriv_dinamico/",
         "/ajustes/bots/deriv_dinamico/previa/?regla__stop_pct=2", "/acceso/cuenta/", "/acceso/factor/")  # fmt: skip


def _de_las_plantillas() -> Iterator[str]:
    for ruta in sorted((PANEL / "templates").rglob("*.html")):
        fuente = templatize(ruta.read_text(encoding="utf-8"), origin=str(ruta))
        for funcion, argumentos in _LLAMADA.findall(fuente):
            textos = [ast.literal_eval(texto) for texto in _TEXTO.findall(argumentos)]
            yield textos[1] if funcion in ("pgettext", "npgettext") else textos[0]


def _del_codigo() -> Iterator[str]:
    for ruta in sorted(PANEL.rglob("*.py")):
        for nodo in ast.walk(ast.parse(ruta.read_text(encoding="utf-8"))):
            if not isinstance(nodo, ast.Call) or not isinstance(nodo.func, ast.Name) or nodo.func.id not in FUNCIONES:
                continue
            posicion = 1 if nodo.func.id in CON_CONTEXTO else 0
            if len(nodo.args) > posicion and isinstance(nodo.args[posicion], ast.Constant):
                yield str(nodo.args[posicion].value)


@pytest.fixture(scope="module")
def catalogo() -> dict[str, str]:
    """El .mo, por texto en español (sin el contexto y en singular)."""
    with CATALOGO.with_suffix(".mo").open("rb") as fichero:
        leido = gettext.GNUTranslations(fichero)._catalog  # type: ignore[attr-defined]
    claves = [clave for clave in leido if clave and not (isinstance(clave, tuple) and clave[1])]
    singulares = {clave[0] if isinstance(clave, tuple) else clave: leido[clave] for clave in claves}
    return {str(clave).rpartition("\x04")[2]: str(valor) for clave, valor in singulares.items()}


@pytest.mark.rapido
def test_no_falta_ninguna_traduccion(catalogo: dict[str, str]) -> None:
    usados = {texto for texto in [*_de_las_plantillas(), *_del_codigo()] if texto.strip()}
    assert len(usados) > 500
    assert sorted(usados - catalogo.keys()) == []
    assert [texto for texto in usados if not catalogo[texto]] == []


@pytest.mark.rapido
def test_el_compilado_es_el_del_catalogo(catalogo: dict[str, str]) -> None:
    """El .mo se guarda con el proyecto: para usar el panel en inglés no hace falta tener gettext."""
    escritos = re.findall(r'^msgid ((?:"(?:[^"\\]|\\.)*"\n?)+)', CATALOGO.with_suffix(".po").read_text("utf-8"), re.M)
    textos = {"".join(ast.literal_eval(parte) for parte in _TEXTO.findall(escrito)) for escrito in escritos} - {""}
    assert textos == catalogo.keys()


@pytest.mark.rapido
def test_los_huecos_son_los_mismos_en_los_dos_idiomas(catalogo: dict[str, str]) -> None:
    hueco = re.compile(r"%\(\w+\)s|\{\}")
    malas = {es: en for es, en in catalogo.items() if en and sorted(hueco.findall(es)) != sorted(hueco.findall(en))}
    assert malas == {}


def _legible(cliente: Client, ruta: str, idioma: str) -> str:
    respuesta = cliente.get(ruta, headers={"Accept-Language": idioma})
    assert respuesta.status_code == 200, ruta
    assert f'<html lang="{idioma}"' in respuesta.content.decode()
    sin_guiones = re.sub(r"<(script|style|template)\b.*?</\1>", " ", respuesta.content.decode(), flags=re.S)
    atributos = " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', sin_guiones))
    return " ".join(re.sub(r"<[^>]+>", " ", sin_guiones).split()) + " " + atributos


@pytest.fixture
def con_datos(db: None) -> None:
    sembrado.guardar_estado(sembrado.operar(12))
    sembrado.latir()


@pytest.mark.bd
@pytest.mark.parametrize("ruta", RUTAS)
def test_ninguna_pagina_mezcla_idiomas(ruta: str, como: Callable[[str], Client], con_datos: None) -> None:
    en_espanol = _legible(como("administrar"), ruta, "es")
    assert re.findall(r"\b(?:the|your|with|password|sign in|add|remove|settings|loading)\b", en_espanol, re.I) == []
    en_ingles = _legible(como("administrar"), ruta, "en")
    assert re.findall(r"\b(?:los|las|del|para|con|una|hay|está|ningún|todavía|según)\b", en_ingles, re.I) == []


@pytest.mark.bd
def test_el_idioma_se_cambia_en_ajustes_y_se_recuerda(como: Callable[[str], Client]) -> None:
    cliente = como("leer")
    assert cliente.post("/ajustes/idioma/", {"language": "en", "next": "/ajustes/"}).status_code == 302
    assert "<h1>Settings</h1>" in cliente.get("/ajustes/").content.decode()


def test_la_carpeta_del_catalogo_es_la_declarada() -> None:
    from django.conf import settings

    assert Path(settings.LOCALE_PATHS[0]) == PANEL / "locale"
