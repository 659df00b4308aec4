"""Inicio: una tarjeta por bot, la equidad sin mezclar dinero, el freno a la vista y el vacío."""

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from dominio.freno import Freno
from historial.services import fijar_freno
from tests.integracion.panel import sembrado
from tests.integracion.panel.lectura_html import encabezados, grupos
from tests.integracion.panel.sembrado import AHORA, BOT

Como = Callable[[str], Client]


@pytest.fixture
def operando(db: None) -> Decimal:
    balance = sembrado.operar(20)
    sembrado.guardar_estado(balance)
    sembrado.latir()
    return balance


def _html(cliente: Client, **parametros: str) -> str:
    respuesta = cliente.get("/", parametros)
    assert respuesta.status_code == 200
    return str(respuesta.content.decode())


def test_sin_sesion_se_va_a_entrar(db: None) -> None:
    respuesta = Client().get("/")
    assert respuesta.status_code == 302 and "/acceso/entrar/" in respuesta["Location"]


def test_sin_bots_dice_que_hacer(db: None, como: Como) -> None:
    assert "Todavía no opera ningún bot" in _html(como("leer"))


def test_la_tarjeta_trae_balance_hoy_y_acierto(operando: Decimal, como: Como) -> None:
    tarjetas = grupos(_html(como("leer")))
    escrito = f"{operando:,.2f}".translate(str.maketrans(",.", ".,"))
    assert escrito in tarjetas["Balance"]
    assert "ganadas" in tarjetas["Resultado de hoy"] and "%" in tarjetas["Acierto"]
    assert escrito in tarjetas["Equidad total USD simulado"]
    assert "OPERANDO" in tarjetas[f"Bot {BOT}"] and "SIMULADO" in tarjetas[f"Bot {BOT}"]


def test_el_medidor_se_lee_en_palabras(operando: Decimal, como: Como) -> None:
    html = _html(como("leer")).replace("\u00a0", " ")
    assert "entre el nivel de stop" in html and 'role="img"' in html


def test_el_freno_de_todos_se_ve_y_reanudar_es_de_quien_opera(operando: Decimal, como: Como) -> None:
    fijar_freno("global", "", Freno.DETENIDO, "prueba de freno", "ana", ahora=AHORA)
    lector, operador = _html(como("leer")), _html(como("operar"))
    assert "prueba de freno" in grupos(lector)["Freno de todos los bots"]
    assert "Reanudar todo" not in lector and "Reanudar todo" in operador


def test_parar_esta_siempre_a_mano_de_quien_opera(db: None, como: Como) -> None:
    assert 'id="dialogo-parar"' in _html(como("operar"))
    assert 'id="dialogo-parar"' not in _html(como("leer"))


def test_un_latido_viejo_se_dice(operando: Decimal, como: Como) -> None:
    from datetime import timedelta

    sembrado.latir(ahora=AHORA - timedelta(minutes=3))
    html = _html(como("leer")).replace("\u00a0", " ")
    assert "Sin señal del bot desde hace 3 min 00 s" in html
    assert "Va ganando" not in grupos(html)[f"Bot {BOT}"]


@pytest.mark.parametrize("entorno", ["simulado", "papel", "demo", "real"])
def test_el_entorno_no_se_puede_pasar_por_alto(db: None, como: Como, entorno: str) -> None:
    balance = sembrado.operar(2, entorno=entorno)
    sembrado.guardar_estado(balance)
    html = _html(como("leer"))
    assert f'class="banda entorno-{entorno}"' in html
    assert f"<strong>{entorno.upper()}</strong>" in html


def test_el_trozo_no_trae_la_pagina(operando: Decimal, como: Como) -> None:
    html = _html(como("leer"), trozo="1")
    assert "<html" not in html and f'data-bot="{BOT}"' in html


def test_los_encabezados_no_saltan_niveles(operando: Decimal, como: Como) -> None:
    niveles = encabezados(_html(como("leer")))
    assert niveles.count(1) == 1
    assert all(despues - antes <= 1 for antes, despues in pairwise(niveles))


def test_la_respuesta_prohibe_lo_que_va_en_linea(db: None, como: Como) -> None:
    politica = como("leer").get("/")["Content-Security-Policy"]
    assert "unsafe" not in politica and "script-src 'self'" in politica and "style-src 'self'" in politica


def test_las_consultas_estan_acotadas(operando: Decimal, como: Como, django_assert_max_num_queries: Any) -> None:
    cliente = como("leer")
    with django_assert_max_num_queries(24):
        cliente.get("/")
