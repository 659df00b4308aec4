"""Lo que el bot recuerda entre reinicios: su estado entero y cada pausa."""

from django.db import models


class EstadoGuardado(models.Model):
    """El estado de un bot en una cuenta. ``estado`` es el JSON exacto de ``EstadoBot`` (los Decimal, como texto)."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=16)
    cuenta = models.CharField(max_length=64)
    ciclo = models.CharField(max_length=24)
    estado = models.TextField()
    version = models.PositiveBigIntegerField(default=1)
    actualizado_en = models.DateTimeField()

    class Meta:
        db_table = "estado_bot"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta"], name="uq_estado_bot")]


class Pausa(models.Model):
    """Una pausa de principio a fin: por qué empezó, cuándo acaba, qué hora se eligió y con qué veredicto."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=16)
    cuenta = models.CharField(max_length=64)
    tanda = models.PositiveIntegerField()
    pausado_en = models.DateTimeField()
    motivo = models.CharField(max_length=200)
    reanuda_en = models.DateTimeField()
    entra_en = models.DateTimeField(null=True)
    hora_elegida = models.PositiveSmallIntegerField(null=True)
    tabla_horas = models.JSONField(null=True)
    veredicto = models.CharField(max_length=200, blank=True, default="")
    reactivado_en = models.DateTimeField(null=True)

    class Meta:
        db_table = "pausas"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta", "pausado_en"], name="uq_pausa")]
