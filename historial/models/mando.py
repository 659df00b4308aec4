"""El gobierno de los bots: freno, arriendo (quién manda) y órdenes de mando."""

from django.db import models

from dominio.freno import Freno
from historial.models.campos import uno_de


class EstadoFreno(models.Model):
    """El freno de un ámbito: global, cuenta («sede:cuenta») o bot. La fila global existe siempre."""

    ambito = models.CharField(max_length=8)
    clave = models.CharField(max_length=96, default="", blank=True)
    estado = models.CharField(max_length=12)
    motivo = models.TextField(default="", blank=True)
    actor = models.CharField(max_length=64)
    en = models.DateTimeField()

    class Meta:
        db_table = "frenos"
        constraints = [
            models.UniqueConstraint(fields=["ambito", "clave"], name="uniq_freno"),
            uno_de("ambito", ("global", "cuenta", "bot"), "freno_ambito"),
            uno_de("estado", Freno, "freno_estado"),
        ]


class FilaArriendo(models.Model):
    """Quién manda en un bot. ``ficha`` solo crece; ``hasta`` en segundos de la base de tiempo ``base``."""

    clave = models.CharField(max_length=160, unique=True)
    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    titular = models.CharField(max_length=128, default="", blank=True)
    ficha = models.BigIntegerField(default=0)
    base = models.CharField(max_length=64, default="", blank=True)
    desde = models.FloatField(default=0)
    hasta = models.FloatField(default=0)

    class Meta:
        db_table = "arriendos"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta"], name="uniq_arriendo")]


class OrdenMando(models.Model):
    """Lo que una persona o el panel piden a un bot; el supervisor lo toma una sola vez y anota qué pasó."""

    bot = models.CharField(max_length=64, default="", blank=True)
    orden = models.CharField(max_length=32)
    argumentos = models.JSONField(default=dict)
    actor = models.CharField(max_length=64)
    clave = models.CharField(max_length=96, unique=True)
    estado = models.CharField(max_length=12, default="pendiente")
    pedida_en = models.DateTimeField()
    tomada_en = models.DateTimeField(null=True)
    tomada_por = models.CharField(max_length=128, default="", blank=True)
    terminada_en = models.DateTimeField(null=True)
    respuesta = models.JSONField(null=True)

    class Meta:
        db_table = "ordenes_mando"
        constraints = [uno_de("estado", ("pendiente", "tomada", "hecha", "fallida"), "mando_estado")]
        indexes = [models.Index(fields=["estado", "bot"], name="idx_mando_estado")]
