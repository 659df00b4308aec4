"""Las órdenes: la intención completa, su estado, su reserva de riesgo y sus ejecuciones."""

from django.db import models

from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import CON_RESERVA, EstadoOrden, Proposito, TipoOrden
from dominio.senales import Direccion
from historial.models.campos import Dinero, Precio, uno_de


class Orden(models.Model):
    """Una intención y lo que fue de ella. Se guarda ANTES de pedir nada a la sede."""

    id_cliente = models.CharField(max_length=26, unique=True)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    entorno = models.CharField(max_length=12)
    bot = models.CharField(max_length=64)
    clave_senal = models.CharField(max_length=200)
    simbolo = models.CharField(max_length=64)
    direccion = models.CharField(max_length=4)
    tipo = models.CharField(max_length=12)
    proposito = models.CharField(max_length=12)
    monto = Dinero()
    moneda = models.CharField(max_length=12)
    riesgo = Dinero()
    precio_max = Precio(null=True)
    pago = Dinero(null=True)
    cotizacion_id = models.CharField(max_length=128, null=True)
    duracion = models.IntegerField(null=True)
    unidad_duracion = models.CharField(max_length=2, null=True)
    stop_loss = Precio(null=True)
    take_profit = Precio(null=True)
    magic = models.IntegerField(null=True)
    confianza_pct = models.FloatField(null=True)
    contexto = models.JSONField(default=dict)
    creada_en = models.DateTimeField()
    vence_en = models.DateTimeField()

    estado = models.CharField(max_length=12)
    motivo = models.TextField(default="", blank=True)
    codigo = models.CharField(max_length=64, default="", blank=True)
    ficha = models.BigIntegerField(null=True)
    enviado_en = models.DateTimeField(null=True)
    desconocida_desde = models.DateTimeField(null=True)
    busquedas_limpias = models.IntegerField(default=0)
    vigilar_hasta = models.DateTimeField(null=True)
    referencia = models.CharField(max_length=64, null=True)
    transaccion = models.CharField(max_length=64, null=True)
    precio = Precio(null=True)
    aceptada_en = models.DateTimeField(null=True)
    tras_buscar = models.BooleanField(default=False)
    actualizada_en = models.DateTimeField()

    class Meta:
        db_table = "ordenes"
        constraints = [
            models.UniqueConstraint(fields=["bot", "clave_senal"], name="uniq_orden_bot_senal"),
            models.UniqueConstraint(
                fields=["sede", "cuenta", "referencia"],
                name="uniq_orden_referencia",
                condition=models.Q(referencia__isnull=False),
            ),
            uno_de("estado", EstadoOrden, "orden_estado"),
            uno_de("sede", Sede, "orden_sede"),
            uno_de("entorno", Entorno, "orden_entorno"),
            uno_de("direccion", Direccion, "orden_direccion"),
            uno_de("tipo", TipoOrden, "orden_tipo"),
            uno_de("proposito", Proposito, "orden_proposito"),
            models.CheckConstraint(condition=models.Q(monto__gt=0), name="orden_monto_positivo"),
            models.CheckConstraint(condition=models.Q(riesgo__gte=0), name="orden_riesgo_no_negativo"),
        ]
        indexes = [
            models.Index(fields=["sede", "cuenta", "estado"], name="idx_orden_cuenta_estado"),
            # Lo que se mira antes de cada entrada: crece con lo vivo, no con la historia.
            models.Index(
                fields=["sede", "cuenta"],
                name="idx_orden_viva",
                condition=models.Q(estado__in=[str(estado) for estado in sorted(CON_RESERVA)]),
            ),
        ]


class ReservaRiesgo(models.Model):
    """Lo que una orden puede perder mientras su suerte esté abierta. Se libera, no se borra."""

    orden = models.OneToOneField(Orden, on_delete=models.PROTECT, primary_key=True, related_name="reserva")
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    importe = Dinero()
    moneda = models.CharField(max_length=12)
    creada_en = models.DateTimeField()
    liberada_en = models.DateTimeField(null=True)

    class Meta:
        db_table = "reservas_riesgo"
        indexes = [
            models.Index(
                fields=["sede", "cuenta"], name="idx_reserva_viva", condition=models.Q(liberada_en__isnull=True)
            )
        ]


class Ejecucion(models.Model):
    """Una ejecución de la sede: abre o cierra, con su propio identificador, y se anota una sola vez."""

    orden = models.ForeignKey(Orden, on_delete=models.PROTECT, null=True, related_name="ejecuciones")
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    id_ejecucion = models.CharField(max_length=96)
    referencia = models.CharField(max_length=64)
    tipo = models.CharField(max_length=8)
    cantidad = Precio()
    precio = Precio()
    importe = Dinero(null=True)
    comision = Dinero(default=0)
    moneda = models.CharField(max_length=12)
    hora = models.DateTimeField()

    class Meta:
        db_table = "ejecuciones"
        constraints = [
            models.UniqueConstraint(fields=["sede", "cuenta", "id_ejecucion"], name="uniq_ejecucion"),
            uno_de("tipo", ("apertura", "cierre"), "ejecucion_tipo"),
        ]
