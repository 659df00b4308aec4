"""Pone al día las cuentas acumuladas con las operaciones que ya había."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import migrations

CUARTO = timedelta(minutes=15)
EPOCA = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNAS = ("ganada", "perdida", "nula")
CLAVE = ("bot", "sede", "cuenta", "entorno", "origen")


def rellenar(apps, editor):
    """Recuenta desde cero: se suma en Python porque SQLite sumaría con coma."""
    operacion = apps.get_model("historial", "Operacion")
    totales = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    cuartos = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    filas = operacion.objects.filter(estado="cerrada").order_by().values_list(
        *CLAVE, "activo", "direccion", "hora_inicio", "resultado", "beneficio"
    )
    for *clave, activo, direccion, hora, resultado, beneficio in filas.iterator(chunk_size=5000):
        cuarto = EPOCA + (hora - EPOCA) // CUARTO * CUARTO
        for cuenta in (totales[(*clave, activo, direccion)], cuartos[(*clave, cuarto)]):
            cuenta[COLUMNAS.index(resultado)] += 1
            cuenta[3] += beneficio
    _guardar(apps.get_model("historial", "AcumuladoTotal"), (*CLAVE, "activo", "direccion"), totales)
    _guardar(apps.get_model("historial", "AcumuladoCuarto"), (*CLAVE, "cuarto"), cuartos)


def _guardar(modelo, campos, cuentas):
    modelo.objects.all().delete()
    modelo.objects.bulk_create(
        [
            modelo(**dict(zip(campos, clave)), ganadas=g, perdidas=p, nulas=n, beneficio=beneficio)
            for clave, (g, p, n, beneficio) in cuentas.items()
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("historial", "0004_panel")]

    operations = [migrations.RunPython(rellenar, migrations.RunPython.noop)]
