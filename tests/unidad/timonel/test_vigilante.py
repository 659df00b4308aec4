"""El vigilante de fuera: avisa una vez al morir la plataforma, insiste, y cuenta que volvió."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dominio.reloj import RelojManual
from timonel.vigilante import Vigilante, del_fichero

pytestmark = pytest.mark.rapido


class Plataforma:
    """Una plataforma que late cuando se le dice y apunta lo que el vigilante cuenta."""

    def __init__(self) -> None:
        self.reloj = RelojManual()
        self.pulso: datetime | None = None
        self.dichos: list[str] = []
        self.hay_linea = True
        self.vigilante = Vigilante(
            leer=lambda: self.pulso, avisar=self._avisar, reloj=self.reloj, tolerancia_s=45.0, repetir_s=900.0
        )

    def _avisar(self, texto: str) -> bool:
        if self.hay_linea:
            self.dichos.append(texto)
        return self.hay_linea

    def pasar(self, segundos: float, *, latiendo: bool) -> None:
        """Pasa el tiempo mirando cada cinco segundos."""
        for _ in range(int(segundos // 5)):
            self.reloj.avanzar(5)
            if latiendo:
                self.pulso = self.reloj.ahora()
            self.vigilante.mirar()


def test_viva_no_dice_nada_y_muerta_avisa_antes_de_un_minuto() -> None:
    plataforma = Plataforma()
    plataforma.pasar(600, latiendo=True)
    assert plataforma.dichos == []
    plataforma.pasar(60, latiendo=False)
    assert len(plataforma.dichos) == 1
    assert plataforma.vigilante.mirar().vive is False


def test_insiste_cada_cuarto_de_hora_y_cuenta_una_vez_que_volvio() -> None:
    plataforma = Plataforma()
    plataforma.pasar(60 + 900, latiendo=False)
    assert len(plataforma.dichos) == 2
    plataforma.pasar(60, latiendo=True)
    assert len(plataforma.dichos) == 3
    plataforma.pasar(600, latiendo=True)
    assert len(plataforma.dichos) == 3


def test_sin_linea_insiste_hasta_que_sale() -> None:
    plataforma = Plataforma()
    plataforma.hay_linea = False
    plataforma.pasar(120, latiendo=False)
    plataforma.hay_linea = True
    plataforma.pasar(5, latiendo=False)
    assert len(plataforma.dichos) == 1


def test_un_pulso_con_la_hora_adelantada_no_da_mas_vida() -> None:
    plataforma = Plataforma()
    plataforma.pulso = plataforma.reloj.ahora() + timedelta(days=1)
    plataforma.pasar(60, latiendo=False)
    assert len(plataforma.dichos) == 1


@pytest.mark.parametrize("contenido", ["", "{", '{"otra": 1}', '{"en": 3}', '{"en": "ayer"}'])
def test_un_fichero_que_no_se_entiende_no_es_un_pulso(tmp_path: Path, contenido: str) -> None:
    ruta = tmp_path / "pulso.json"
    assert del_fichero(ruta) is None
    ruta.write_text(contenido)
    assert del_fichero(ruta) is None
    ruta.write_text(json.dumps({"en": "2026-01-01T00:00:00+00:00"}))
    assert del_fichero(ruta) is not None
