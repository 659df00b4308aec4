"""Lo que se ve en vivo: el latido de cada bot y las velas de lo que mira. Es para enseñar; nada decide con ello."""

from django.db import models


class Latido(models.Model):
    """La última señal de vida de un bot. ``datos``: lo que hace ahora (contrato abierto, precio, motivo, conexión)."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    proceso = models.CharField(max_length=128, default="", blank=True)
    en = models.DateTimeField()
    datos = models.JSONField(default=dict)

    class Meta:
        db_table = "latidos"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta"], name="uniq_latido")]


class Vela(models.Model):
    """Una vela de un minuto de un activo, tal como la vio el bot. La última puede estar a medias."""

    sede = models.CharField(max_length=12)
    simbolo = models.CharField(max_length=64)
    inicio = models.DateTimeField()
    apertura = models.FloatField()
    maximo = models.FloatField()
    minimo = models.FloatField()
    cierre = models.FloatField()
    ticks = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "velas"
        constraints = [models.UniqueConstraint(fields=["sede", "simbolo", "inicio"], name="uniq_vela")]


class HuecoFicticio(models.Model):
    """Un rato de la pausa sin entradas ficticias: se guarda como hueco y no se rellena nunca."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    pausado_en = models.DateTimeField()
    desde = models.DateTimeField()
    hasta = models.DateTimeField(null=True)
    motivo = models.CharField(max_length=64)

    class Meta:
        db_table = "huecos_ficticias"
        indexes = [models.Index(fields=["bot", "pausado_en"], name="idx_hueco_pausa")]
