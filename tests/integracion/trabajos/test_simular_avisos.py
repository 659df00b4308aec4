"""``simular avisos``: el ensayo en corto, con procesos de verdad; y que el libro delata lo repetido y lo perdido."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dominio.azar import AzarSemilla
from dominio.errores import ErrorServicio
from dominio.reloj import RelojSistema
from laboratorio.twilio import LibroTwilio
from notificaciones.models import Aviso, EstadoAviso
from tests.rutas import RAIZ
from timonel.ensayos.avisos import _comparar
from timonel.ensayos.redis_propio import hallar_redis

DESTINO = "whatsapp:+15005550010"


def _aviso(n: int, estado: str, codigo: str = "") -> str:
    ahora, marca = RelojSistema().ahora(), f"TM{'A' * 9}{'ABCDEFGHIJ'[n]}"
    Aviso.objects.create(
        clave=f"evento:{n}", destino="destino-1", canal="whatsapp", tipo="prueba", urgencia="hoy", cuerpo="x",
        marca=marca, estado=estado, codigo_error=codigo, proximo_en=ahora, ocurrido_en=ahora, creado_en=ahora,
        actualizado_en=ahora,
    )  # fmt: skip
    return marca


def _cifras(tmp_path: Path, eventos: int, marcas: list[str]) -> dict[str, Any]:
    libro = LibroTwilio(RelojSistema(), AzarSemilla(1), ruta=tmp_path / "libro.json")
    for marca in marcas:
        libro.anotar(de="whatsapp:+15005550006", a=DESTINO, cuerpo=f"hola (Ref. {marca})", estado="delivered")
    libro.guardar()
    (tmp_path / "libro.fallos").write_text("{}")
    return _comparar(eventos, tmp_path / "libro.json")


@pytest.mark.django_db
def test_el_libro_delata_lo_repetido_lo_perdido_y_lo_que_falta(tmp_path: Path) -> None:
    llega = _aviso(1, EstadoAviso.ENTREGADO)
    _aviso(2, EstadoAviso.ENTREGADO)  # la bandeja cree que llegó y el libro no lo tiene
    _aviso(3, EstadoAviso.FALLIDO, "21211")
    cifras = _cifras(tmp_path, 4, [llega, llega])
    assert (cifras["repetidos"], cifras["perdidos"]) == (1, 2)  # el segundo, y el suceso sin aviso
    assert cifras["no_entregables"] == {"21211": 1}
    assert len(cifras["violaciones"]) == 3


@pytest.mark.django_db
def test_sin_nada_raro_no_hay_violaciones(tmp_path: Path) -> None:
    cifras = _cifras(tmp_path, 2, [_aviso(1, EstadoAviso.ENTREGADO), _aviso(2, EstadoAviso.LEIDO)])
    assert (cifras["aceptados_en_libro"], cifras["violaciones"]) == (2, [])


@pytest.mark.lento
@pytest.mark.timeout(900)
def test_el_ensayo_entero_ni_repite_ni_pierde() -> None:
    try:
        hallar_redis()
    except ErrorServicio as motivo:
        pytest.skip(str(motivo))
    entorno = {n: v for n, v in os.environ.items() if not n.startswith("TIMONEL_")}
    hecho = subprocess.run(
        [sys.executable, "-m", "timonel.cli", "simular", "avisos", "--eventos", "500", "--json"],
        cwd=RAIZ, capture_output=True, text=True, check=False, env=entorno | {"TIMONEL_FICHERO_ENV": os.devnull},
    )  # fmt: skip
    cifras = json.loads(hecho.stdout.splitlines()[-1])
    assert hecho.returncode == 0, cifras
    assert (cifras["eventos"], cifras["avisos"], cifras["repetidos"], cifras["perdidos"]) == (500, 500, 0, 0)
    assert cifras["aceptados_en_libro"] + sum(cifras["no_entregables"].values()) == 500
    assert cifras["roturas"] == {
        "redis": 1, "trabajador": 2, "despachador": 1, "redis_vaciado": 1, "cuenta_parada": 1,
    }  # fmt: skip
