"""Dos bots que miran los mismos activos escriben las mismas velas: siempre en el mismo orden, o se cruzarían."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from historial.models import Vela
from historial.services.vivo import VelaVista, latir

pytestmark = [pytest.mark.bd, pytest.mark.django_db]
MINUTO = datetime(2026, 1, 1, tzinfo=UTC)
BOT = {"bot": "uno", "sede": "deriv", "cuenta": "C1"}


def test_las_velas_se_guardan_por_activo_y_minuto_lleguen_como_lleguen() -> None:
    """PostgreSQL bloquea las filas en el orden de la sentencia: en órdenes distintos, dos bots se esperarían a la vez.

    El que perdiera tardaría un segundo en saberlo, y con él lo que esperase su turno para escribir: un envío.
    """
    vistas = [
        VelaVista(simbolo, MINUTO + timedelta(minutes=minuto), 1.0, 1.0, 1.0, 1.0, 1)
        for simbolo, minuto in (("R_50", 1), ("R_10", 1), ("R_50", 0), ("R_25", 0))
    ]
    escritas: list[Any] = []

    def apuntar(ejecutar: Any, sql: str, parametros: Any, muchos: bool, contexto: Any) -> Any:
        if 'INSERT INTO "velas"' in sql:
            # PostgreSQL recibe cada columna en una lista; SQLite, los valores sueltos.
            sueltos = [uno for valor in parametros for uno in (valor if isinstance(valor, list) else [valor])]
            escritas.extend(uno for uno in sueltos if str(uno).startswith("R_"))
        return ejecutar(sql, parametros, muchos, contexto)

    with connection.execute_wrapper(apuntar):
        latir(BOT, "prueba", {}, vistas, ahora=MINUTO)
    assert escritas == ["R_10", "R_25", "R_50", "R_50"]
    assert list(Vela.objects.order_by("pk").values_list("simbolo", "inicio")) == sorted(
        (v.simbolo, v.inicio) for v in vistas
    )
