"""Cuentas que se llevan al día con cada cierre, para no sumar un millón de operaciones en cada lectura."""

from django.db import models

from historial.models.campos import Dinero


class _Cuentas(models.Model):
    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    entorno = models.CharField(max_length=12)
    origen = models.CharField(max_length=12)
    ganadas = models.PositiveIntegerField(default=0)
    perdidas = models.PositiveIntegerField(default=0)
    nulas = models.PositiveIntegerField(default=0)
    beneficio = Dinero(default=0)

    class Meta:
        abstract = True


class AcumuladoTotal(_Cuentas):
    """Desde siempre, por activo y dirección."""

    activo = models.CharField(max_length=64)
    direccion = models.CharField(max_length=4)

    class Meta:
        db_table = "acumulado_total"
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "sede", "cuenta", "entorno", "origen", "activo", "direccion"],
                name="uniq_acumulado_total",
            )
        ]


class AcumuladoCuarto(_Cuentas):
    """Por cuarto de hora UTC de la hora de inicio: cualquier zona horaria se compone de cuartos de hora enteros."""

    cuarto = models.DateTimeField()

    class Meta:
        db_table = "acumulado_cuarto"
        constraints = [
            models.UniqueConstraint(
                fields=["bot", "sede", "cuenta", "entorno", "origen", "cuarto"], name="uniq_acumulado_cuarto"
            )
        ]
