"""Lo que la sede dice de la cuenta: filas del extracto, serie del balance y posiciones abiertas a mano."""

from django.db import models

from historial.models.campos import Dinero


class MovimientoSede(models.Model):
    """Una fila del extracto, anotada una sola vez. ``propio``: la produjo una orden nuestra."""

    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    transaccion = models.CharField(max_length=64)
    accion = models.CharField(max_length=32)
    importe = Dinero()
    balance_despues = Dinero()
    hora = models.DateTimeField()
    referencia = models.CharField(max_length=64, null=True)
    resumen = models.TextField(default="", blank=True)
    propio = models.BooleanField()
    anotado_en = models.DateTimeField()

    class Meta:
        db_table = "movimientos"
        constraints = [models.UniqueConstraint(fields=["sede", "cuenta", "transaccion"], name="uniq_movimiento")]
        indexes = [models.Index(fields=["sede", "cuenta", "hora"], name="idx_movimiento_hora")]


class PuntoBalance(models.Model):
    """El balance de una cuenta en un momento. ``origen``: liquidacion, sede, ajeno…"""

    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    bot = models.CharField(max_length=64, default="", blank=True)
    balance = Dinero()
    moneda = models.CharField(max_length=12)
    origen = models.CharField(max_length=20)
    en = models.DateTimeField()

    class Meta:
        db_table = "balances"
        indexes = [models.Index(fields=["sede", "cuenta", "en"], name="idx_balance_en")]


class Externa(models.Model):
    """Una posición que no abrimos nosotros: se muestra, cuenta en el riesgo y no se toca."""

    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    referencia = models.CharField(max_length=64)
    simbolo = models.CharField(max_length=64)
    direccion = models.CharField(max_length=4)
    monto = Dinero()
    pago = Dinero(null=True)
    hora_compra = models.DateTimeField()
    vence_en = models.DateTimeField(null=True)
    abierta = models.BooleanField(default=True)
    beneficio = Dinero(null=True)
    cerrada_en = models.DateTimeField(null=True)
    vista_en = models.DateTimeField()

    class Meta:
        db_table = "externas"
        constraints = [models.UniqueConstraint(fields=["sede", "cuenta", "referencia"], name="uniq_externa")]
