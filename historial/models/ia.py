"""Consultas a la IA y resumen por día: las tablas de la especificación 002 §13.2."""

from django.db import models
from django.db.models.functions import Now

from historial.models.campos import Dinero


class ConsultaIA(models.Model):
    """Un intento de consulta, tal como se envió y se recibió; ``operacion`` es nula si no se operó."""

    operacion = models.ForeignKey(
        "historial.Operacion", on_delete=models.PROTECT, null=True, db_index=False, related_name="consultas"
    )
    bot_id = models.IntegerField()
    ia_id = models.IntegerField()
    activo = models.CharField(max_length=64)
    tipo_consulta = models.CharField(max_length=20)
    prompt = models.TextField()
    respuesta = models.TextField()
    tokens_input = models.IntegerField()
    tokens_output = models.IntegerField()
    tokens_total = models.IntegerField()
    costo_usd = Dinero()
    accion_decidida = models.CharField(max_length=32)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "consultas_ia"
        indexes = [
            models.Index(fields=["operacion"], name="idx_operacion"),
            models.Index(fields=["bot_id", "ia_id"], name="idx_bot_ia"),
        ]


class MetricaDiaria(models.Model):
    """El resumen de un bot en un día. ``bot_id``: número de los bots de MetaTrader 5; los demás van por ``bot``."""

    bot_id = models.IntegerField(null=True)
    bot = models.CharField(max_length=64, default="", blank=True)
    sede = models.CharField(max_length=12, default="", blank=True)
    fecha = models.DateField()
    total_operaciones = models.IntegerField(default=0, db_default=0)
    operaciones_ganadoras = models.IntegerField(default=0, db_default=0)
    operaciones_perdedoras = models.IntegerField(default=0, db_default=0)
    profit_loss_total = Dinero(default=0, db_default=0)
    profit_loss_market = Dinero(default=0, db_default=0)
    profit_loss_limit = Dinero(default=0, db_default=0)
    total_consultas = models.IntegerField(default=0, db_default=0)
    tokens_totales = models.IntegerField(default=0, db_default=0)
    costo_ia_total = Dinero(default=0, db_default=0)
    winrate = models.FloatField(null=True)
    profit_factor = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "metricas_diarias"
        constraints = [
            models.UniqueConstraint(fields=["bot_id", "fecha"], name="uniq_metrica_bot_fecha"),
            models.UniqueConstraint(
                fields=["bot", "fecha"], name="uniq_metrica_nombre_fecha", condition=~models.Q(bot="")
            ),
            models.CheckConstraint(
                condition=~models.Q(sede="mt5") | models.Q(bot_id__isnull=False), name="metrica_mt5_bot_id"
            ),
            models.CheckConstraint(
                condition=models.Q(bot_id__isnull=False) | ~models.Q(bot=""), name="metrica_con_bot"
            ),
        ]
