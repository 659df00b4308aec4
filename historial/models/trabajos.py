"""Trabajos periódicos: una fila única por trabajo y ranura; quien la inserta, lo hace. Repetirlo no hace nada."""

from django.db import models

from historial.models.campos import uno_de


class Trabajo(models.Model):
    """Un trabajo en su ranura de tiempo (por ejemplo ``metricas`` a las 2026-11-21T13:05Z)."""

    trabajo = models.CharField(max_length=48)
    ranura = models.CharField(max_length=40)
    estado = models.CharField(max_length=12, default="en_curso")
    por = models.CharField(max_length=128, default="", blank=True)
    intentos = models.PositiveIntegerField(default=1)
    empezado_en = models.DateTimeField()
    terminado_en = models.DateTimeField(null=True)
    resultado = models.JSONField(null=True)

    class Meta:
        db_table = "trabajos"
        constraints = [
            models.UniqueConstraint(fields=["trabajo", "ranura"], name="uniq_trabajo"),
            uno_de("estado", ("en_curso", "hecho", "fallido"), "trabajo_estado"),
        ]
        indexes = [models.Index(fields=["trabajo", "empezado_en"], name="idx_trabajo_hora")]
