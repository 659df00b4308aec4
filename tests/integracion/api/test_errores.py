"""Todo error sale igual: código estable, frase en español y detalle; y los números son números."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from dominio.reloj import RelojManual
from tests.integracion.dashboard.fabrica import BOT, bot_nuevo, operar
from tests.integracion.historial.fabrica import cuenta_nueva

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("ruta", "estado", "codigo"),
    [
        ("winrate/", 404, "BOT-03"),
        ("winrate/?bot=no_existe", 404, "BOT-01"),
        ("bots/no_existe/", 404, "BOT-01"),
        (f"bots/{BOT}/", 404, "BOT-03"),
        ("ordenes/aaaaaaaaaaaaaaaaaaaaaaaaaa/", 404, "PAN-05"),
        ("historicos/?por_pagina=0", 400, "API-400"),
        ("historicos/?por_pagina=muchas", 400, "API-400"),
        ("historicos/?orden=cuenta", 400, "API-400"),
        ("historicos/?desde=ayer", 400, "API-400"),
        ("historicos/?desde=0001-01-01T00:00:00%2B14:00", 400, "API-400"),
        ("historicos/?cursor=basura", 400, "PAN-02"),
        ("historicos/?bot=%00", 400, "API-400"),
        ("historicos/?activo=" + "x" * 65, 400, "API-400"),
        ("velas/", 400, "API-400"),
        ("no/existe/", 404, "PAN-404"),
    ],
)
def test_cada_error_tiene_su_codigo_y_su_forma(
    lector: Client, carpeta_datos: Path, ruta: str, estado: int, codigo: str
) -> None:
    respuesta = lector.get(f"/api/v1/{ruta}", headers={"Accept-Language": "en"})
    cuerpo = respuesta.json()
    assert (respuesta.status_code, cuerpo["codigo"], set(cuerpo)) == (estado, codigo, {"codigo", "mensaje", "detalle"})
    assert not {"this", "valid", "required", "field", "not"} & set(str(cuerpo).lower().split())


def test_un_metodo_que_no_toca_y_un_cuerpo_que_no_es_json(con_ficha: Callable[..., Client]) -> None:
    cliente = con_ficha("operar")
    assert cliente.post("/api/v1/estado/").json()["codigo"] == "API-405"
    assert cliente.get("/api/v1/alto/").json()["codigo"] == "API-405"
    malo = cliente.post("/api/v1/alto/", "ambito=global", content_type="application/x-www-form-urlencoded")
    assert (malo.status_code, malo.json()["codigo"]) == (415, "API-415")
    roto = cliente.post("/api/v1/alto/", "{", content_type="application/json")
    assert (roto.status_code, roto.json()["codigo"]) == (400, "API-400")


def test_la_base_caida_es_503_sin_contar_nada_de_dentro(lector: Client, monkeypatch: Any) -> None:
    from dashboard.selectors import operaciones

    def caida(_: Any) -> Any:
        raise OperationalError("connection to server at 10.0.0.7 failed: password")

    monkeypatch.setattr(operaciones, "pagina", caida)
    respuesta = lector.get("/api/v1/historicos/")
    assert (respuesta.status_code, respuesta.json()["codigo"]) == (503, "SRV-BD1")
    assert b"10.0.0.7" not in respuesta.content


def test_un_fallo_imprevisto_es_500_con_la_misma_forma(lector: Client, monkeypatch: Any) -> None:
    from dashboard.selectors import operaciones

    def rota(_: Any) -> Any:
        raise RuntimeError("secreto interior")

    monkeypatch.setattr(operaciones, "pagina", rota)
    lector.raise_request_exception = False
    respuesta = lector.get("/api/v1/historicos/")
    assert (respuesta.status_code, set(respuesta.json())) == (500, {"codigo", "mensaje", "detalle"})
    assert b"secreto" not in respuesta.content


def test_los_importes_son_numeros_exactos_y_las_horas_utc(
    lector: Client, reloj: RelojManual, carpeta_datos: Path
) -> None:
    ficha = bot_nuevo(reloj, cuenta_nueva(), "10000.01")
    operar(reloj, ficha, "9.53")
    respuesta = lector.get("/api/v1/balance/")
    (balance,) = respuesta.json()["balances"]
    assert balance["balance"] == 10009.54
    assert b'"balance":10009.54,' in respuesta.content
    assert balance["en"].endswith("Z")
    assert respuesta["Content-Type"] == "application/json"
    fila = lector.get("/api/v1/historicos/").json()["resultados"][0]
    assert (fila["beneficio"], fila["monto"], fila["pago"]) == (9.53, 10.0, 19.53)


def test_un_navegador_que_pide_html_recibe_el_mismo_json(lector: Client) -> None:
    respuesta = lector.get("/api/v1/historicos/", headers={"Accept": "text/html"})
    assert (respuesta.status_code, respuesta["Content-Type"]) == (200, "application/json")
