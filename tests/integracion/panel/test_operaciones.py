"""La página de operaciones: filtros en la URL, orden, páginas que ni repiten ni se saltan, cajón y CSV."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from historial.models import Operacion
from tests.integracion.panel import sembrado

pytestmark = pytest.mark.bd
OPERACIONES, FICTICIAS = 120, 24


@pytest.fixture
def cliente(como: Callable[[str], Client]) -> Client:
    sembrado.operar(OPERACIONES)
    sembrado.fingir(sembrado.AHORA - timedelta(hours=3), 3, FICTICIAS // 3)
    return como("leer")


async def _juntar(respuesta: Any) -> bytes:
    return b"".join([trozo async for trozo in respuesta.streaming_content])


def _numeros(html: str) -> list[int]:
    return [int(n) for n in re.findall(r'<th scope="row"><a href="/operaciones/(\d+)/"', html)]


def _pedir(cliente: Client, ruta: str) -> str:
    respuesta = cliente.get(ruta)
    assert respuesta.status_code == 200
    return respuesta.content.decode()


def _recorrer(cliente: Client, ruta: str, sentido: str) -> list[list[int]]:
    """Devuelve los números de cada página siguiendo los enlaces «next» o «prev»."""
    paginas, url = [], ruta
    while url:
        html = _pedir(cliente, url)
        paginas.append(_numeros(html))
        enlace = re.search(rf'rel="{sentido}" href="([^"]+)"', html)
        url = enlace.group(1).replace("&amp;", "&") if enlace else ""
    return paginas


@pytest.mark.parametrize("orden", ["-hora", "hora", "-monto", "confianza", "resultado", "-beneficio", "activo"])
def test_las_paginas_ensenan_todo_una_vez_y_en_orden(cliente: Client, orden: str) -> None:
    Operacion.objects.filter(pk__in=Operacion.objects.values("pk")[:7]).update(confianza_pct=None)
    paginas = _recorrer(cliente, f"/operaciones/?clase=todas&orden={orden}", "next")
    juntas = [numero for pagina in paginas for numero in pagina]
    assert len(juntas) == len(set(juntas)) == OPERACIONES + FICTICIAS
    campo = {"hora": "hora_inicio", "confianza": "confianza_pct"}.get(orden.lstrip("-"), orden.lstrip("-"))
    filas = {fila.pk: getattr(fila, campo) for fila in Operacion.objects.all()}
    con_valor = [filas[numero] for numero in juntas if filas[numero] is not None]
    assert con_valor == sorted(con_valor, reverse=orden.startswith("-"))
    assert all(filas[numero] is None for numero in juntas[len(con_valor) :])


def test_hacia_atras_se_vuelve_por_las_mismas_paginas(cliente: Client) -> None:
    ida = _recorrer(cliente, "/operaciones/?clase=todas&orden=-monto", "next")
    ultima = _pedir(cliente, "/operaciones/?clase=todas&orden=-monto")
    while enlace := re.search(r'rel="next" href="([^"]+)"', ultima):
        url = enlace.group(1).replace("&amp;", "&")
        ultima = _pedir(cliente, url)
    vuelta = _recorrer(cliente, url, "prev")
    assert [numero for pagina in reversed(vuelta) for numero in pagina] == [n for pagina in ida for n in pagina]


def test_de_entrada_no_se_mezcla_lo_apostado_con_lo_imaginado(cliente: Client) -> None:
    assert f'<dd id="resumen-total">{OPERACIONES}</dd>' in _pedir(cliente, "/operaciones/")
    assert f'<dd id="resumen-total">{FICTICIAS}</dd>' in _pedir(cliente, "/operaciones/?clase=pausa")


def test_los_filtros_valen_para_la_tabla_y_para_el_csv(cliente: Client) -> None:
    filtro = "resultado=ganada&direccion=CALL&bot=deriv_dinamico"
    esperadas = Operacion.objects.filter(resultado="ganada", direccion="CALL", origen="orden").count()
    html = _pedir(cliente, f"/operaciones/?{filtro}")
    assert f'<dd id="resumen-total">{esperadas}</dd>' in html
    descarga = cliente.get(f"/operaciones/csv/?{filtro}")
    texto = async_to_sync(_juntar)(descarga).decode("utf-8-sig")
    filas = list(csv.DictReader(io.StringIO(texto)))
    assert len(filas) == esperadas > 0
    assert {(fila["resultado"], fila["direccion"]) for fila in filas} == {("ganada", "CALL")}
    assert "attachment" in descarga["Content-Disposition"]


def test_las_fechas_son_dias_de_la_zona_del_navegador(cliente: Client) -> None:
    """Las últimas operaciones son de las 15:00 UTC: en Auckland ya es el día siguiente."""
    dia = sembrado.AHORA.date().isoformat()
    assert f'<dd id="resumen-total">{OPERACIONES}</dd>' in _pedir(cliente, f"/operaciones/?desde={dia}&hasta={dia}")
    auckland = _pedir(cliente, f"/operaciones/?hasta={dia}&zona=Pacific/Auckland")
    assert '<dd id="resumen-total">0</dd>' in auckland
    assert "Nada cumple estos filtros" in auckland


@pytest.mark.parametrize(
    "consulta",
    ["despues=no-es-un-cursor", "antes=W251bGwsIC0xXQ", "orden=clave_secreta", "desde=ayer", "zona=../etc", "bot=%00"],
)
def test_lo_que_no_se_entiende_no_rompe_la_pagina(cliente: Client, consulta: str) -> None:
    assert cliente.get(f"/operaciones/?{consulta}").status_code == 200


def test_una_fecha_mala_se_senala_y_no_filtra(cliente: Client) -> None:
    html = _pedir(cliente, "/operaciones/?desde=2026-03-11&hasta=2026-03-10")
    assert "Es anterior al primer día." in html
    assert 'aria-invalid="true"' in html


def test_el_cajon_y_la_pagina_dicen_lo_mismo(cliente: Client) -> None:
    numero = Operacion.objects.filter(origen="orden").latest("pk").pk
    cajon = cliente.get(f"/operaciones/{numero}/", headers={"HX-Request": "true"}).content.decode()
    entera = _pedir(cliente, f"/operaciones/{numero}/")
    assert "<!doctype html>" not in cajon
    assert "Vida de la orden" in cajon and "Vida de la orden" in entera
    assert cliente.get("/operaciones/999999999/").status_code == 404
