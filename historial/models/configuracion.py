"""Valores que se cambian desde el panel, y la historia de cada cambio."""

from django.db import models
from django.db.models.functions import Now


class Configuracion(models.Model):
    """Un ajuste con su valor vigente (texto; las listas en JSON)."""

    clave = models.CharField(max_length=100, unique=True)
    valor = models.TextField()
    descripcion = models.TextField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "configuracion"


class CambioConfiguracion(models.Model):
    """Un cambio de un ajuste: de qué valor a cuál, quién y cuándo. ``antes`` es nulo la primera vez."""

    clave = models.CharField(max_length=100)
    antes = models.TextField(null=True)
    despues = models.TextField()
    actor = models.CharField(max_length=64)
    en = models.DateTimeField()

    class Meta:
        db_table = "configuracion_cambios"
        indexes = [models.Index(fields=["clave", "en"], name="idx_cambio_clave")]
