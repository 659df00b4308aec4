"""Las sondas de salud de los procesos que no sirven páginas."""

import subprocess
import sys
from datetime import timedelta

import pytest

from dominio.reloj import RelojManual, RelojSistema
from historial.models import Latido, Trabajo
from tests.rutas import RAIZ
from timonel.salud import bot_vivo, principal, trabajos_vivos


@pytest.mark.django_db
def test_un_bot_vive_mientras_late(reloj: RelojManual) -> None:
    assert not bot_vivo("uno", reloj.ahora())
    Latido.objects.create(bot="uno", sede="deriv", cuenta="DOT1", en=reloj.ahora(), datos={})
    reloj.avanzar(59)
    assert bot_vivo("uno", reloj.ahora()) and not bot_vivo("otro", reloj.ahora())
    reloj.avanzar(1)
    assert not bot_vivo("uno", reloj.ahora())


@pytest.mark.django_db
def test_los_trabajos_viven_mientras_alguno_acaba_bien(reloj: RelojManual) -> None:
    Trabajo.objects.create(trabajo="pulso", ranura="1", empezado_en=reloj.ahora())
    assert not trabajos_vivos(reloj.ahora())
    Trabajo.objects.update(estado="hecho", terminado_en=reloj.ahora())
    assert trabajos_vivos(reloj.ahora())
    assert not trabajos_vivos(reloj.ahora() + timedelta(seconds=120))


@pytest.mark.parametrize("args", [[], ["otra"], ["bot"], ["bot", "uno", "dos"], ["trabajos", "x"]])
def test_lo_que_no_se_entiende_acaba_en_dos(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert principal(args) == 2
    assert "Uso:" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_el_programa_acaba_en_cero_o_en_uno(entorno_hijo: dict[str, str]) -> None:
    def sondear() -> int:
        orden = [sys.executable, "-m", "timonel.salud", "bot", "uno"]
        return subprocess.run(orden, cwd=RAIZ, env=entorno_hijo, capture_output=True, check=False).returncode

    assert sondear() == 1
    Latido.objects.create(bot="uno", sede="deriv", cuenta="DOT1", en=RelojSistema().ahora(), datos={})
    assert sondear() == 0
