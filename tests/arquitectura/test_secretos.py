"""Ni un secreto, ni un teléfono, ni una ruta de la máquina de nadie: ni en los ficheros ni en su historia."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rutas import RAIZ

pytestmark = pytest.mark.rapido

SECRETOS = {
    "clave privada": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "clave de Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "credencial de Twilio": r"\b(?:AC|SK)[0-9a-f]{32}\b",
    "clave de AWS": r"\bAKIA[0-9A-Z]{16}\b",
    "credencial de GitHub": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "clave de un proveedor de IA": r"\bsk-[A-Za-z0-9_-]{32,}\b",
    "token con portador": r"(?i)\bbearer [A-Za-z0-9_-]{40,}\b",
    "clave en una dirección": r"\b[a-z]+://[^\s:/@'\"{}<>$]+:(?!clave\b|otra-clave\b|secreta\b|x\b|de-prueba\b)[^\s:/@'\"{}<>$]{6,}@",
    # Los ficticios (555 01xx de Norteamérica y los 500 555 de las pruebas de Twilio) sí valen: nadie los tiene.
    "teléfono": r"(?<=[\s\"'=(:])\+(?!1\d{3}55501|1500555)[1-9]\d{9,14}\b",
}
AJENO = {
    "ruta de una máquina": r"(?<![\w.])/(?:root|work|home/(?!usuario\b)\w+|Users/(?!usuario\b)\w+)/[\w.-]",
}
# Lo que genera una herramienta: resúmenes y direcciones, nada escrito a mano.
GENERADOS = ("uv.lock",)
MAXIMO_OCTETOS = 2_000_000


def _halla(texto: str, patrones: dict[str, str]) -> Iterator[str]:
    for que, patron in patrones.items():
        yield from (f"{que}: {hallado[0][:12]}…" for hallado in re.finditer(patron, texto))


def _git(*argumentos: str) -> str:
    if shutil.which("git") is None or not (RAIZ / ".git").exists():
        pytest.skip("no es una copia de git")
    fin = subprocess.run(["git", *argumentos], cwd=RAIZ, capture_output=True, check=False, timeout=120)
    if fin.returncode:  # por ejemplo, una copia de otro dueño
        pytest.skip(f"git no responde: {fin.stderr.decode(errors='replace').strip()[:80]}")
    return fin.stdout.decode("utf-8", errors="replace")


def _ficheros() -> list[Path]:
    nombres = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    rutas = [RAIZ / n for n in nombres if n and n not in GENERADOS]
    return [r for r in rutas if r.is_file() and r.stat().st_size < MAXIMO_OCTETOS]


def test_ningun_fichero_lleva_secretos_ni_rutas_de_una_maquina() -> None:
    hallados = [
        f"{ruta.relative_to(RAIZ)}: {que}"
        for ruta in _ficheros()
        for que in _halla(ruta.read_text(encoding="utf-8", errors="replace"), SECRETOS | AJENO)
    ]
    assert hallados == []


def test_la_historia_no_lleva_secretos() -> None:
    historia = _git("log", "--all", "-p", "--no-color", "-U0", "--no-ext-diff", "--", ".", ":(exclude)uv.lock")
    assert sorted(set(_halla(historia, SECRETOS))) == []


def test_lo_que_no_debe_guardarse_no_se_guarda() -> None:
    guardados = _git("ls-files").splitlines()
    vedados = re.compile(r"(^|/)(\.env|.*\.sqlite3.*|.*\.pem|.*\.key|\.timonel/.*)$")
    assert [g for g in guardados if vedados.search(g)] == []


@pytest.mark.parametrize(
    "texto",
    [
        "AIza" + "x" * 35,
        "AC" + "0f" * 16,
        "gh" + "p_" + "a" * 36,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        'telefono = "+' + '34600111222"',
        "postgresql://yo:" + "contrasenna@servidor/base",
        "ruta = '/ho" + "me/alguien/proyecto'",
    ],
)
def test_la_busqueda_reconoce_cada_clase_de_secreto(texto: str) -> None:
    assert len(list(_halla(texto, SECRETOS | AJENO))) == 1


@pytest.mark.parametrize(
    "texto", ['"+15005550100"', "postgresql://usuario:clave@servidor/base", "x = a+1234567890123", "/home/usuario/t"]
)
def test_la_busqueda_no_confunde_lo_inofensivo(texto: str) -> None:
    assert list(_halla(texto, SECRETOS | AJENO)) == []
