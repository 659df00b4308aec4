"""axe-core sin nada serio en ninguna página, en los dos temas y los dos anchos; y nada se sale de la pantalla."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.conftest import nuevo_contexto
from tests.e2e.navegador.paginas import ANCHOS, CON_SESION, SIN_SESION, TEMAS, guion_tema
from tests.e2e.navegador.vigia import Vigia

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
GRAVES = ("serious", "critical")
_PASAR = """async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const hecho = await axe.run(document, {resultTypes: ["violations"], runOnly});
  const donde = (v) => v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join(" | ");
  return hecho.violations.map((v) => [v.impact, v.id, donde(v)]);
}"""
_SOBRA = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("tema", TEMAS)
@pytest.mark.parametrize("ancho", ANCHOS.values(), ids=ANCHOS)
def test_ninguna_pagina_tiene_fallos_serios(
    banco: Banco, navegador: Any, sesion: dict[str, Any], tema: str, ancho: int
) -> None:
    contexto = nuevo_contexto(navegador, storage_state=sesion, viewport={"width": ancho, "height": 900})
    contexto.add_init_script(guion_tema(tema))
    vigia = Vigia(contexto, banco.url.removeprefix("http://"))
    vigia.esperados += ["404", "410", "422"]
    pagina = contexto.new_page()
    malas: dict[str, Any] = {}
    try:
        for nombre, ruta in CON_SESION.items():
            malas |= _mirar(pagina, nombre, banco.url + ruta)
            vigia.recoger(pagina)
        contexto.clear_cookies()
        for nombre, ruta in SIN_SESION.items():
            malas |= _mirar(pagina, nombre, banco.url + ruta)
            vigia.recoger(pagina)
    finally:
        contexto.close()
    assert malas == {}
    assert vigia.quejas() == []


def _mirar(pagina: Any, nombre: str, url: str) -> dict[str, Any]:
    pagina.goto(url)
    pagina.evaluate(AXE)
    graves = [v for v in pagina.evaluate(_PASAR) if v[0] in GRAVES]
    sobra = pagina.evaluate(_SOBRA)
    return {nombre: graves + ([f"se sale {sobra} px"] if sobra > 0 else [])} if graves or sobra > 0 else {}
