"""Lo que solo crece: eventos para el panel y los avisos, y la cadena de auditoría."""

from django.db import models


class Evento(models.Model):
    """Algo que pasó, escrito en la misma transacción que lo que cuenta.

    En PostgreSQL la tabla lleva además la columna ``tx`` (xid8): los identificadores se confirman desordenados y
    leer por ``id`` perdería eventos. La crea la migración; se lee con ``selectors.eventos_desde``.
    """

    flujo = models.CharField(max_length=96)
    tipo = models.CharField(max_length=48)
    datos = models.JSONField(default=dict)
    en = models.DateTimeField()

    class Meta:
        db_table = "eventos"


class FilaAuditoria(models.Model):
    """Un eslabón: su resumen cubre el contenido y el resumen anterior. Un disparador rechaza UPDATE y DELETE.

    ``datos`` es el JSON canónico tal como entró en el resumen: se guarda como texto para no reordenarlo.
    """

    flujo = models.CharField(max_length=96)
    seq = models.BigIntegerField()
    en = models.DateTimeField()
    actor = models.CharField(max_length=64)
    accion = models.CharField(max_length=48)
    objeto = models.CharField(max_length=96, default="", blank=True)
    datos = models.TextField(default="{}")
    anterior = models.CharField(max_length=64)
    resumen = models.CharField(max_length=64)

    class Meta:
        db_table = "auditoria"
        constraints = [models.UniqueConstraint(fields=["flujo", "seq"], name="uniq_auditoria")]


class CabezaAuditoria(models.Model):
    """El último eslabón de cada flujo. Bloquear esta fila ordena las escrituras de una cuenta."""

    flujo = models.CharField(max_length=96, primary_key=True)
    seq = models.BigIntegerField()
    resumen = models.CharField(max_length=64)

    class Meta:
        db_table = "auditoria_cabezas"
