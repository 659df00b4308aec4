"""La operación: lo que queda en el historial de cada apuesta o posición, real o ficticia.

Los nombres de columna son los de la especificación 002 §13.2; donde otra especificación llama distinto a lo mismo
hay un solo campo, con el nombre de la columna en ``db_column``.
"""

from django.db import models
from django.db.models.functions import Now

from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import TipoOrden
from dominio.posiciones import Resultado
from dominio.senales import Direccion
from historial.models.campos import Dinero, Precio, uno_de

ESTADOS_OPERACION = ("abierta", "cerrada", "pendiente", "cancelada")
# De dónde sale la fila: de una orden (real o de papel), de la pausa en vivo o de la historia de la sede.
ORIGENES = ("orden", "pausa", "historia")
SOLO_MT5 = (
    "magic_number",
    "bot_id",
    "ia_id",
    "precio_sugerido",
    "stop_loss",
    "take_profit",
    "lote",
    "riesgo_porcentaje",
)


class Operacion(models.Model):
    """Una operación. ``beneficio`` es neto y exacto; ``monto`` lo invertido; ``pago`` lo que cobra si gana."""

    # Lo que exige la especificación 002 para MetaTrader 5; en otras sedes puede no existir.
    magic_number = models.IntegerField(null=True)
    bot_id = models.IntegerField(null=True)
    ia_id = models.IntegerField(null=True)
    tipo_orden = models.CharField(max_length=12)
    activo = models.CharField(max_length=64)
    direccion = models.CharField(max_length=4)
    precio_sugerido = Precio(null=True)
    precio_entrada = Precio(null=True, db_column="precio_entrada_real")
    stop_loss = Precio(null=True)
    take_profit = Precio(null=True)
    lote = Precio(null=True)
    riesgo_porcentaje = Precio(null=True)
    estado = models.CharField(max_length=12)
    beneficio = Dinero(null=True, db_column="profit_loss")
    hora_inicio = models.DateTimeField(db_column="fecha_apertura")
    hora_fin = models.DateTimeField(null=True, db_column="fecha_cierre")
    conversation_id = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    # De quién, dónde y con qué dinero.
    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    entorno = models.CharField(max_length=12)
    ficticia = models.BooleanField(default=False)
    origen = models.CharField(max_length=12, default="orden")
    nombre_activo = models.CharField(max_length=120, default="", blank=True)
    orden = models.OneToOneField("historial.Orden", on_delete=models.PROTECT, null=True, related_name="operacion")
    id_cliente = models.CharField(max_length=26, null=True)

    # Especificación 000.
    monto = Dinero()
    moneda = models.CharField(max_length=12)
    pago = Dinero(null=True)
    cobrado = Dinero(null=True)
    confianza_pct = models.FloatField(null=True)
    resultado = models.CharField(max_length=8, null=True)
    numero_contrato = models.CharField(max_length=64, null=True)
    precio_salida = Precio(null=True)
    liquidada_en = models.DateTimeField(null=True)

    class Meta:
        db_table = "operaciones"
        indexes = [
            models.Index(fields=["magic_number", "activo"], name="idx_magic_activo"),
            models.Index(fields=["estado"], name="idx_estado"),
            models.Index(fields=["bot", "hora_inicio"], name="idx_operacion_bot_hora"),
            models.Index(fields=["origen", "hora_inicio"], name="idx_operacion_origen_hora"),
            models.Index(fields=["hora_inicio", "id"], name="idx_operacion_hora"),
            models.Index(fields=["bot", "hora_fin"], name="idx_operacion_bot_fin"),
            models.Index(fields=["beneficio", "id"], name="idx_operacion_beneficio"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sede", "cuenta", "numero_contrato"],
                name="uniq_operacion_contrato",
                condition=models.Q(numero_contrato__isnull=False),
            ),
            uno_de("estado", ESTADOS_OPERACION, "operacion_estado"),
            uno_de("origen", ORIGENES, "operacion_origen"),
            uno_de("sede", Sede, "operacion_sede"),
            uno_de("entorno", Entorno, "operacion_entorno"),
            uno_de("direccion", Direccion, "operacion_direccion"),
            uno_de("tipo_orden", TipoOrden, "operacion_tipo_orden"),
            models.CheckConstraint(
                condition=models.Q(resultado__isnull=True) | models.Q(resultado__in=[str(r) for r in Resultado]),
                name="operacion_resultado",
            ),
            models.CheckConstraint(
                condition=~models.Q(estado="cerrada")
                | models.Q(resultado__isnull=False, beneficio__isnull=False, hora_fin__isnull=False),
                name="operacion_cerrada_completa",
            ),
            models.CheckConstraint(
                condition=~models.Q(sede="mt5")
                | models.Q(
                    direccion__in=["BUY", "SELL"],
                    tipo_orden__in=["market", "limit", "stop", "stop_limit"],
                    **{f"{campo}__isnull": False for campo in SOLO_MT5},
                ),
                name="operacion_mt5_completa",
            ),
        ]
