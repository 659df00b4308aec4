"""De que un suceso se confirma en la base a que se ve en la página: medido en el navegador, con la base incrustada."""

import json
import math
import os
from typing import Any

from tests.e2e.navegador.banco import Banco
from tests.e2e.navegador.paginas import BOT_EN_PAUSA

MUESTRAS = 30
# Entre otras pruebas a la vez la cifra dice más de la máquina que del panel: allí solo se comprueba que llega.
LIMITE_P95_MS = 5000.0 if "PYTEST_XDIST_WORKER" in os.environ else 1000.0
_OBSERVAR = """() => {
  window.__vistos = {};
  const mirar = () => {
    const tarjeta = document.querySelector('[aria-label="Balance actual"] .cifra-valor');
    const texto = tarjeta ? tarjeta.textContent.trim() : "";
    if (texto && !(texto in window.__vistos)) window.__vistos[texto] = Date.now();
  };
  new MutationObserver(mirar).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def test_lo_confirmado_se_ve_antes_de_un_segundo(banco: Banco, pagina: Any, capsys: Any) -> None:
    original = banco.esperado["balance"]
    pagina.goto(f"{banco.url}/bots/{BOT_EN_PAUSA}/")
    pagina.locator('#conexion[data-estado="vivo"]').wait_for()
    pagina.evaluate(_OBSERVAR)
    escritor = banco.escritor()
    esperas = []
    for n in range(MUESTRAS):
        esperas.append(_una(pagina, escritor, f"10{n + 100}.{n:02d}"))
        pagina.wait_for_timeout(120 + 37 * (n % 7))
    _escribir(escritor, original)
    esperas.sort()
    p50, p95 = esperas[len(esperas) // 2], esperas[math.ceil(0.95 * len(esperas)) - 1]
    with capsys.disabled():
        print(f"\nconfirmado → visible: p50 {p50:.0f} ms, p95 {p95:.0f} ms ({MUESTRAS} sucesos)")  # noqa: T201
    assert p95 <= LIMITE_P95_MS


def _una(pagina: Any, escritor: Any, balance: str) -> float:
    confirmado = _escribir(escritor, balance)
    entero, decimales = balance.split(".")
    texto = f"{int(entero):,}".replace(",", ".") + f",{decimales}\u00a0US$"
    visto = pagina.wait_for_function("(texto) => window.__vistos[texto]", arg=texto, polling=5).json_value()
    return float(visto) - confirmado


def _escribir(escritor: Any, balance: str) -> float:
    escritor.stdin.write(balance + "\n")
    escritor.stdin.flush()
    return float(json.loads(escritor.stdout.readline())["ms"])
