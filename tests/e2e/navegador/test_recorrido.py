"""El recorrido de quien lo usa: mira un contrato nacer y acabar, la pausa, el mapa, baja el CSV, para y reanuda."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.entrar import Persona
from tests.e2e.navegador.paginas import BOT_EN_PAUSA, BOT_VIVO

CONTRATO_MS = 75_000


def test_un_contrato_se_abre_y_se_liquida_a_la_vista(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/bots/{BOT_VIVO}/")
    expect(pagina.locator("#conexion")).to_have_attribute("data-estado", "vivo")
    abierto = pagina.locator('[data-contrato]:not([data-contrato=""])')
    abierto.wait_for(timeout=CONTRATO_MS)
    numero = abierto.get_attribute("data-contrato")
    assert numero
    fila = pagina.get_by_role("row").filter(has_text=numero)
    # Sin recargar: la fila aparece abierta o ya cerrada, y acaba diciendo cómo acabó.
    expect(fila).to_contain_text(re.compile("GANADA|PERDIDA"), timeout=CONTRATO_MS)


def test_filtra_y_baja_justo_lo_que_ve(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/operaciones/")
    pagina.get_by_label("Bot", exact=True).select_option(BOT_EN_PAUSA)
    pagina.get_by_label("Resultado").select_option("ganada")
    pagina.get_by_label("Dirección").select_option("CALL")
    pagina.get_by_role("button", name="Filtrar").click()
    pagina.wait_for_url("**/operaciones/?*resultado=ganada*")
    total = int(pagina.locator("#resumen-total").inner_text())
    assert total == banco.esperado["ganadas_call"]
    pagina.get_by_role("link", name="Monto").click()
    expect(pagina.get_by_role("columnheader", name="Monto")).to_have_attribute("aria-sort", "descending")
    assert "resultado=ganada" in pagina.url
    with pagina.expect_download() as bajada:
        pagina.get_by_role("link", name="Bajar CSV").click()
    filas = list(csv.DictReader(io.StringIO(Path(bajada.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(filas) == total
    assert {(f["bot"], f["resultado"], f["direccion"], f["ficticia"]) for f in filas} == {
        (BOT_EN_PAUSA, "ganada", "CALL", "0")
    }


def test_el_cajon_cuenta_la_vida_de_una_orden(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/operaciones/?bot={BOT_EN_PAUSA}")
    enlace = pagina.locator("tbody th[scope=row] a").first
    enlace.click()
    cajon = pagina.get_by_role("dialog")
    for frase in ("APROBADA", "ENVIANDO", "ACEPTADA", "EJECUTADA", "Acierto calibrado", "Para no perder hace falta"):
        expect(cajon).to_contain_text(frase)
    expect(cajon.get_by_role("button", name="Cerrar")).to_be_focused()
    pagina.keyboard.press("Escape")
    expect(cajon).to_be_hidden()
    expect(enlace).to_be_focused()


def test_para_todo_y_reanuda_confirmando_quien_es(banco: Banco, pagina: Any, persona: Persona) -> None:
    pagina.goto(f"{banco.url}/")
    pagina.get_by_role("button", name="Parar todo").click()
    pagina.get_by_role("button", name="Sí, parar todo").click()
    freno = pagina.get_by_role("group", name="Freno de todos los bots")
    expect(freno).to_contain_text("DETENIDO")
    banco.siembra("envejecer")
    # La otra pestaña se entera sola de que el freno se suelta.
    otra = pagina.context.new_page()
    otra.goto(f"{banco.url}/")
    expect(otra.get_by_role("group", name="Freno de todos los bots")).to_be_visible()
    freno.get_by_role("button", name="Reanudar todo").click()
    pagina.wait_for_url("**/factor/confirmar/**")
    pagina.locator('input[name="code"]').fill(persona.codigo())
    pagina.locator('main button[type="submit"], .acceso button[type="submit"]').last.click()
    pagina.wait_for_url(f"{banco.url}/")
    pagina.get_by_role("button", name="Reanudar todo").click()
    expect(pagina.get_by_text("Freno suelto")).to_be_visible()
    expect(otra.get_by_role("group", name="Freno de todos los bots")).to_have_count(0)


def test_la_pausa_ensena_su_mapa_y_su_veredicto(banco: Banco, pagina: Any) -> None:
    pagina.goto(f"{banco.url}/simulacion/?bot={BOT_EN_PAUSA}")
    mapa = pagina.get_by_role("group", name="Mapa de calor por hora y día")
    expect(mapa.get_by_role("columnheader")).to_have_count(8)
    assert mapa.get_by_role("row").count() > 1
    expect(pagina.get_by_role("group", name="Veredicto")).to_contain_text("para no perder hace falta")
    ficticias = banco.esperado["ficticias"]
    expect(pagina.get_by_role("group", name="Entradas ficticias")).to_contain_text(str(ficticias))


def test_subir_el_riesgo_lo_dice_antes_y_se_puede_deshacer(banco: Banco, pagina: Any, persona: Persona) -> None:
    pagina.goto(f"{banco.url}/ajustes/bots/{BOT_EN_PAUSA}/")
    pagina.get_by_label("Stop", exact=True).fill("0,5")
    pagina.get_by_role("button", name="Ver qué cambiaría").click()
    expect(pagina.get_by_role("row").filter(has_text="Stop")).to_contain_text("igual o menor")
    pagina.get_by_role("button", name="Guardar el cambio").click()
    expect(pagina.get_by_text("Guardado.")).to_be_visible()
    expect(pagina.get_by_label("Stop", exact=True)).to_have_value("0,5")
    # Deshacerlo lo vuelve a subir: la vista previa lo dice.
    pagina.get_by_role("link", name="Deshacer").first.click()
    expect(pagina.get_by_role("row").filter(has_text="Stop")).to_contain_text("SUBE")


def test_un_valor_que_no_vale_se_explica_en_su_campo(banco: Banco, pagina: Any) -> None:
    pagina.context.vigia.esperados.append("422")
    pagina.goto(f"{banco.url}/ajustes/bots/{BOT_EN_PAUSA}/")
    pagina.get_by_label("Monto de cada operación").fill("9")
    pagina.get_by_role("button", name="Ver qué cambiaría").click()
    campo = pagina.get_by_label("Monto de cada operación")
    expect(campo).to_have_attribute("aria-invalid", "true")
    expect(campo).to_have_accessible_description(re.compile("Debe ser 0.5 o menos"))
    expect(campo).to_have_value("9")
