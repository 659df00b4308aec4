"""Las tarjetas que pide la especificación 000, por su nombre accesible, con el valor que dice la base."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.paginas import BOT_EN_PAUSA, BOT_VIVO

ZONA = ZoneInfo("America/Bogota")


@pytest.fixture
def esperado(banco: Banco) -> dict[str, Any]:
    return banco.esperado


@pytest.fixture
def ficha(banco: Banco, pagina: Any) -> Any:
    """Devuelve cómo se busca una tarjeta del bot en pausa por su nombre."""
    pagina.goto(f"{banco.url}/bots/{BOT_EN_PAUSA}/")
    return lambda nombre: pagina.get_by_role("group", name=nombre, exact=True).locator(".cifra-valor")


def _a_la_espanola(numero: Decimal) -> str:
    return f"{numero:,.2f}".translate(str.maketrans(",.", ".,"))


def test_ganadas_y_perdidas_por_direccion(esperado: dict[str, Any], ficha: Any) -> None:
    for nombre, clave in (
        ("Ganadas CALL", "ganadas_call"),
        ("Ganadas PUT", "ganadas_put"),
        ("Perdidas CALL", "perdidas_call"),
        ("Perdidas PUT", "perdidas_put"),
    ):
        expect(ficha(nombre)).to_have_text(str(esperado[clave]))
    ganadas = esperado["ganadas_call"] + esperado["ganadas_put"]
    perdidas = esperado["perdidas_call"] + esperado["perdidas_put"]
    expect(ficha("WON / LOSS")).to_have_text(re.compile(rf"^\s*{ganadas}\s*/\s*{perdidas}\s*$"))


def test_winrate_y_balance(esperado: dict[str, Any], ficha: Any) -> None:
    ganadas = esperado["ganadas_call"] + esperado["ganadas_put"]
    pct = Decimal(100 * ganadas) / esperado["reales"]
    expect(ficha("Winrate total")).to_have_text(f"{pct:.1f} %".replace(".", ","))
    expect(ficha("Balance actual")).to_contain_text(_a_la_espanola(Decimal(esperado["balance"])))
    expect(ficha("Balance actual")).to_contain_text("US$")


def test_estado_tiempo_parado_y_fin_de_la_espera(esperado: dict[str, Any], ficha: Any) -> None:
    expect(ficha("Estado del bot")).to_have_text("PAUSADO")
    parado_s = (datetime.now(ZONA) - datetime.fromisoformat(esperado["pausado_en"])).total_seconds()
    horas = int(parado_s // 3600)
    expect(ficha("Tiempo detenido")).to_have_text(re.compile(rf"^\s*({horas}|{horas + 1})\sh\s\d\d\smin\s*$"))
    fin = datetime.fromisoformat(esperado["reanuda_en"]).astimezone(ZONA)
    expect(ficha("Fin de la espera")).to_contain_text(f"{fin:%d/%m %H:%M}")


def test_tabla_del_testing_y_mejor_horario(esperado: dict[str, Any], ficha: Any, pagina: Any) -> None:
    expect(ficha("Mejor horario")).to_have_text(re.compile(r"^\s*\d\d:00–\d\d:00\s*$"))
    franja = str(ficha("Mejor horario").inner_text()).strip()
    fila = pagina.get_by_role("row").filter(has=pagina.get_by_role("rowheader", name=re.compile(f"^{franja[:5]}")))
    expect(fila.first).to_contain_text(re.compile(r"\d+,\d\s%"))
    expect(pagina.get_by_text(f"Entradas ficticias de esta pausa: {esperado['ficticias']}")).to_be_visible()


def test_el_bot_en_marcha_dice_operando_y_simulado(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/bots/{BOT_VIVO}/")
    valor = pagina.get_by_role("group", name="Estado del bot", exact=True).locator(".cifra-valor")
    expect(valor).to_have_text(re.compile("OPERANDO|PAUSADO"))
    expect(pagina.get_by_role("complementary", name="Entorno")).to_contain_text("SIMULADO")


def test_inicio_ensena_todos_los_bots_y_la_equidad(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/")
    for bot in (BOT_VIVO, BOT_EN_PAUSA):
        expect(pagina.get_by_role("article", name=f"Bot {bot}")).to_be_visible()
    expect(pagina.get_by_role("group", name="Equidad total USD simulado")).to_contain_text("US$")
