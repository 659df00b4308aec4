"""Cada orden de compose.yaml, corrida a mano contra PostgreSQL y Redis de verdad, hace su trabajo."""

import pytest

from dominio.errores import ErrorServicio
from tests.servicios.a_mano import PASOS, SERVICIOS, comprobar
from tests.servicios.postgres_privado import SinPostgres


@pytest.mark.rapido
def test_no_se_queda_ningun_servicio_sin_comprobar() -> None:
    assert {nombre for nombre, _ in PASOS} | {"beat"} == set(SERVICIOS)  # beat se comprueba con celery


@pytest.mark.lento
@pytest.mark.timeout(1800)
def test_cada_servicio_hace_su_trabajo() -> None:
    try:
        resultado = comprobar()
    except (SinPostgres, ErrorServicio) as motivo:
        pytest.skip(str(motivo))
    assert {nombre: uno for nombre, uno in resultado.items() if not uno["bien"]} == {}
    assert list(resultado) == [nombre for nombre, _ in PASOS]
