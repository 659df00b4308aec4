"""Qué parte de la historia de la sede ya se analizó para cada bot: lo hecho no se repite ni se cuenta dos veces."""

from django.db import models


class TramoRelleno(models.Model):
    """Un rato seguido, [desde, hasta), ya analizado. ``aprendido``: lo que sabían las señales al final, en JSON."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    desde = models.DateTimeField()
    hasta = models.DateTimeField()
    aprendido = models.TextField(blank=True, default="")
    actualizado_en = models.DateTimeField()

    class Meta:
        db_table = "tramos_relleno"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta", "desde"], name="uniq_tramo_relleno")]
