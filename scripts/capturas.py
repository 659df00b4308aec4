"""Guarda pantallas de cada página del panel en ``docs/capturas/``, en los dos temas y los dos anchos.

    make capturas            (o: python -m scripts.capturas [--segundos 60] [--solo inicio,bot])

Monta una instalación de usar y tirar: el panel, la demostración operando y un bot en pausa. Nada sale de este equipo.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.e2e.navegador import chromium
from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.entrar import Persona
from tests.e2e.navegador.paginas import ANCHOS, BOT_EN_PAUSA, BOT_VIVO, TEMAS, guion_tema

DESTINO = Path(__file__).resolve().parent.parent / "docs" / "capturas"
ALTOS = {"movil": 844, "escritorio": 900}
TOPE_ALTO = 1400
MENU_ABAJO_PX = 860
PAGINAS = {
    "inicio": "/",
    "bot": f"/bots/{BOT_EN_PAUSA}/",
    "bot_en_vivo": f"/bots/{BOT_VIVO}/",
    "simulacion": f"/simulacion/?bot={BOT_EN_PAUSA}",
    "operaciones": f"/operaciones/?bot={BOT_EN_PAUSA}",
    "avisos": "/avisos/",
    "sistema": "/sistema/",
    "ajustes": "/ajustes/",
    "ajustes_bot": f"/ajustes/bots/{BOT_EN_PAUSA}/",
    "ajustes_previa": f"/ajustes/bots/{BOT_EN_PAUSA}/previa/?regla__stop_pct=2&contrato__pago_min_pct=90",
}


def principal() -> int:
    """Devuelve 0 si se guardaron todas; 3 si no hay navegador."""
    pedido = _argumentos()
    if motivo := chromium.por_que_no():
        sys.stderr.write(f"No se pueden hacer las capturas: {motivo}.\n")
        return 3
    carpeta = Path(tempfile.mkdtemp(prefix="timonel-capturas-"))
    banco = Banco(carpeta)
    try:
        banco.abrir()
        sys.stderr.write(f"Dejando operar a la demostración {pedido.segundos} s…\n")
        time.sleep(pedido.segundos)
        _capturar(banco, set(filter(None, pedido.solo.split(","))))
    finally:
        banco.cerrar()
        shutil.rmtree(carpeta, ignore_errors=True)
    total = sum(ruta.stat().st_size for ruta in DESTINO.glob("*.png"))
    sys.stderr.write(f"{len(list(DESTINO.glob('*.png')))} capturas, {total / 1e6:.1f} MB en {DESTINO}\n")
    return 0


def _argumentos() -> argparse.Namespace:
    lector = argparse.ArgumentParser(description="Guarda pantallas del panel.")
    lector.add_argument("--segundos", type=float, default=60.0, help="cuánto opera la demostración antes")
    lector.add_argument("--solo", default="", help="nombres de página, separados por comas")
    return lector.parse_args()


def _capturar(banco: Banco, solo: set[str]) -> None:
    from playwright.sync_api import sync_playwright

    DESTINO.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        navegador = chromium.abrir(playwright)
        sesion = _entrar(navegador, banco)
        for tema in TEMAS:
            for nombre, ancho in ANCHOS.items():
                contexto = navegador.new_context(
                    locale="es-CO",
                    timezone_id="America/Bogota",
                    storage_state=sesion,
                    viewport={"width": ancho, "height": ALTOS[nombre]},
                    reduced_motion="reduce",
                )
                contexto.add_init_script(guion_tema(tema))
                pagina = contexto.new_page()
                for clave, ruta in PAGINAS.items():
                    if not solo or clave in solo:
                        _una(pagina, banco.url + ruta, DESTINO / f"{clave}_{nombre}_{tema}.png")
                if not solo or "operacion" in solo:
                    _cajon(pagina, banco.url, DESTINO / f"operacion_{nombre}_{tema}.png")
                contexto.close()
        navegador.close()


def _entrar(navegador: Any, banco: Banco) -> Any:
    contexto = navegador.new_context(locale="es-CO", timezone_id="America/Bogota")
    persona = Persona()
    pagina = contexto.new_page()
    persona.entrar_con_enlace(pagina, banco.enlace)
    persona.activar_codigos(pagina)
    sesion = contexto.storage_state()
    contexto.close()
    return sesion


def _una(pagina: Any, url: str, destino: Path) -> None:
    pagina.goto(url)
    pagina.locator('#conexion[data-estado="vivo"]').wait_for()
    pagina.wait_for_timeout(900)  # lo que tardan los gráficos en pedir sus datos y pintarse
    ancho, alto = pagina.viewport_size["width"], pagina.viewport_size["height"]
    if ancho < MENU_ABAJO_PX:  # el menú va pegado al pie de la pantalla: entera, lo cortaría por la mitad
        pagina.screenshot(path=str(destino))
        return
    alto = max(alto, min(TOPE_ALTO, pagina.evaluate("document.documentElement.scrollHeight")))
    pagina.screenshot(path=str(destino), full_page=True, clip={"x": 0, "y": 0, "width": ancho, "height": alto})


def _cajon(pagina: Any, url: str, destino: Path) -> None:
    pagina.goto(f"{url}/operaciones/?bot={BOT_EN_PAUSA}")
    pagina.locator("tbody th[scope=row] a").first.click()
    pagina.get_by_role("dialog").get_by_role("heading", level=3).first.wait_for()
    pagina.wait_for_timeout(300)
    pagina.screenshot(path=str(destino))


if __name__ == "__main__":
    raise SystemExit(principal())
