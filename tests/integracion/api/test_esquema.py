"""El OpenAPI sin avisos, y schemathesis sobre él con los tres roles: ni un fallo del servidor, cada respuesta en forma.

En la batería, pocos ejemplos por operación; con ``--largo``, muchos más.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi import checks as openapi

from dominio.freno import Freno
from dominio.reloj import RelojManual
from historial.models import Vela
from historial.services import fijar_freno
from tests.integracion.dashboard.fabrica import bot_nuevo, operar
from tests.integracion.historial.fabrica import cuenta_nueva

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
ROLES = ("leer", "operar", "administrar")
COMPROBACIONES = (
    schemathesis.checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
)


@pytest.fixture
def historia(reloj: RelojManual, carpeta_datos: Path) -> None:
    """Un bot que operó, cumplió su stop y tiene velas: las respuestas llevan algo dentro."""
    ficha = bot_nuevo(reloj, cuenta_nueva())
    for beneficio in ("9.53", "-60.00", "0", "-70.00"):
        operar(reloj, ficha, beneficio)
    Vela.objects.create(
        sede="deriv", simbolo="R_50", inicio=reloj.ahora(), apertura=1, maximo=2, minimo=0.5, cierre=1.5, ticks=60
    )


def test_el_esquema_se_genera_sin_avisos(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "esquema.yaml"))
    assert (tmp_path / "esquema.yaml").stat().st_size > 10_000


def test_el_esquema_servido_dice_cada_ruta_y_sus_errores(con_ficha: Callable[..., Any]) -> None:
    esquema = con_ficha("leer").get("/api/v1/esquema/").json()
    esperadas = {
        "estado", "winrate", "estadisticas", "historicos", "historicos/csv", "balance", "balance/serie", "temporizador",
        "horarios", "bots", "bots/{nombre}", "ordenes/{id_cliente}", "velas", "alto", "reanudar",
    }  # fmt: skip
    assert {ruta.removeprefix("/api/v1/").strip("/") for ruta in esquema["paths"]} >= esperadas
    for ruta, operaciones in esquema["paths"].items():
        for operacion in operaciones.values():
            assert {"401", "403"} <= set(operacion["responses"]) or ruta.endswith("esquema/"), ruta


def _probar(ficha: str, ejemplos: int) -> int:
    """Devuelve cuántas llamadas hizo; lanza si alguna incumple."""
    cabeceras = {"Authorization": f"Token {ficha}"}
    aplicacion = WSGIHandler()
    esquema = schemathesis.openapi.from_wsgi("/api/v1/esquema/", aplicacion, headers=cabeceras)
    llamadas = 0
    for resultado in esquema.get_all_operations():
        operacion = resultado.ok()
        if operacion.path.endswith("/esquema/"):
            continue
        caso_de = operacion.as_strategy()

        @settings(
            max_examples=ejemplos,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(caso=caso_de)
        def probar(caso: Any) -> None:
            nonlocal llamadas
            llamadas += 1
            respuesta = caso.call(headers=cabeceras)
            caso.validate_response(respuesta, checks=COMPROBACIONES)
            if respuesta.status_code >= 400:
                assert set(json.loads(respuesta.content)) == {"codigo", "mensaje", "detalle"}

        probar()
    return llamadas


@pytest.fixture(autouse=True)
def _sin_limites(monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.api.throttling import PorAmbito

    monkeypatch.setattr(PorAmbito, "rate", None, raising=False)
    monkeypatch.setattr(PorAmbito, "allow_request", lambda *_: True)


@pytest.mark.parametrize("rol", ROLES)
def test_ningun_pedido_rompe_el_servidor(historia: None, ficha: Callable[..., str], rol: str, reloj: Any) -> None:
    assert _probar(ficha(rol), ejemplos=5) >= 5 * 10
    fijar_freno("global", "", Freno.ACTIVO, "", "prueba", ahora=reloj.ahora())


@pytest.mark.lento
@pytest.mark.parametrize("rol", ROLES)
def test_ningun_pedido_rompe_el_servidor_con_muchos_mas(historia: None, ficha: Callable[..., str], rol: str) -> None:
    assert _probar(ficha(rol), ejemplos=200) >= 200 * 10
