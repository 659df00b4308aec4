"""Simulación: la tabla por hora, el mapa, la mejor hora, el veredicto en palabras, los huecos y el vacío."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from historial.models import HuecoFicticio
from tests.integracion.panel import sembrado
from tests.integracion.panel.lectura_html import grupos
from tests.integracion.panel.sembrado import AHORA, BOT

Como = Callable[[str], Client]


@pytest.fixture
def en_pausa(db: None) -> None:
    pausa = sembrado.pausar(6)
    sembrado.fingir(pausa.pausado_en, 6, 25)
    HuecoFicticio.objects.create(
        **sembrado.DE_QUIEN,
        pausado_en=pausa.pausado_en,
        desde=AHORA - timedelta(hours=2),
        hasta=AHORA - timedelta(hours=1, minutes=50),
        motivo="sin conexión",
    )


def _html(cliente: Client, **parametros: str) -> str:
    respuesta = cliente.get("/simulacion/", parametros)
    assert respuesta.status_code == 200
    return str(respuesta.content.decode())


def test_sin_pausas_lo_dice(db: None, como: Como) -> None:
    assert "Aún no ha habido ninguna pausa" in _html(como("leer"))


def test_la_pausa_en_curso_trae_tabla_mapa_veredicto_y_huecos(en_pausa: None, como: Como) -> None:
    html = _html(como("leer"))
    dicho = grupos(html)
    assert "150" in dicho["Entradas ficticias"]
    assert "Provisional" in dicho["Veredicto"] and "para no perder hace falta" in dicho["Veredicto"]
    assert ":00–" in dicho["Mejor horario"]
    assert "25" in dicho["Resultados del testing por hora"]
    assert "calor-" in dicho["Mapa de calor por hora y día"] or 'class="calor-' in html
    assert "sin conexión" in html and "No se rellenan" in html


def test_con_pocas_entradas_no_hay_mejor_hora(db: None, como: Como) -> None:
    pausa = sembrado.pausar(2)
    sembrado.fingir(pausa.pausado_en, 2, 5)
    dicho = grupos(_html(como("leer")))
    assert "ninguna hora llega a 20 entradas" in dicho["Mejor horario"]
    assert "Sin datos suficientes" in dicho["Veredicto"]


def test_una_pausa_recien_empezada_dice_que_espera(db: None, como: Como) -> None:
    sembrado.pausar(0.01)
    assert "Todavía no hay entradas ficticias" in _html(como("leer"))


def test_la_historia_va_aparte_y_marcada(en_pausa: None, como: Como) -> None:
    assert "La historia de la sede no está analizada" in _html(como("leer"), vista="historia")
    sembrado.fingir(AHORA - timedelta(days=2), 24, 25, origen="historia")
    html = _html(como("leer"), vista="historia")
    assert "600" in grupos(html)["Entradas ficticias"]
    assert "Provisional" not in grupos(html)["Veredicto"]


def test_un_bot_o_una_vista_que_no_existen_no_rompen(en_pausa: None, como: Como) -> None:
    cliente = como("leer")
    assert "Aún no ha habido ninguna pausa" in _html(cliente, bot="nadie")
    assert "Esta pausa" in _html(cliente, bot=BOT, vista="otra")


def test_el_trozo_no_trae_la_pagina(en_pausa: None, como: Como) -> None:
    html = _html(como("leer"), trozo="1")
    assert "<html" not in html and "Resultados por hora" in html
