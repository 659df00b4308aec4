"""La base de las pruebas es la que se pidió y nunca la de nadie."""

import os

import pytest
from django.conf import settings
from django.db import connection

from historial.models import Configuracion, EstadoFreno

pytestmark = pytest.mark.django_db


def test_la_base_es_del_motor_pedido_y_es_de_prueba() -> None:
    assert connection.vendor == os.environ.get("TIMONEL_PRUEBAS_BD", "sqlite")
    assert "pruebas" in str(connection.settings_dict["NAME"])
    assert "pruebas" in str(settings.DATOS)


def test_estan_las_filas_iniciales_de_la_especificacion() -> None:
    filas = dict(Configuracion.objects.values_list("clave", "valor"))
    assert filas == {
        "activos": '["EURUSD","GBPUSD","XAUUSD"]',
        "horario_inicio": "06:00",
        "horario_fin": "13:00",
        "reevaluacion_intervalo": "10",
    }
    assert EstadoFreno.objects.get().estado == "ACTIVO"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("vez", [1, 2])
def test_tras_vaciar_las_tablas_las_filas_iniciales_vuelven(vez: int) -> None:
    assert Configuracion.objects.count() == 4
    assert EstadoFreno.objects.get(ambito="global").estado == "ACTIVO"
    Configuracion.objects.all().delete()
