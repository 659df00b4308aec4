"""La bandeja de salida de los avisos, el cursor de lo ya traducido, los canales y lo que nos escriben.

Un aviso se guarda antes de enviarlo y se reclama con un UPDATE condicional que debe cambiar una fila. Los números de
teléfono no se guardan: ``destino`` es su etiqueta («destino-1»), y el número lo sabe solo el entorno.
"""

from enum import StrEnum

from django.db import models

from historial.models.campos import uno_de
from notificaciones.tipos import Urgencia


class EstadoAviso(StrEnum):
    """Dónde está un aviso. ``desconocido``: se intentó y no se sabe si salió; se busca antes de nada."""

    PENDIENTE = "pendiente"
    ENVIANDO = "enviando"
    ACEPTADO = "aceptado"
    ENTREGADO = "entregado"
    LEIDO = "leido"
    FALLIDO = "fallido"
    DESCONOCIDO = "desconocido"
    DESCARTADO = "descartado"


class Aviso(models.Model):
    """Un mensaje a un destinatario por un canal. ``clave`` es el suceso; ``asunto``, lo que lo dará por resuelto.

    ``marca`` viaja dentro del texto: con ella se busca en la lista de mensajes de la cuenta. ``variables`` son las de
    la plantilla, ya con la marca. ``repeticion``: 0 el primero; los demás insisten hasta el acuse.
    """

    clave = models.CharField(max_length=160)
    destino = models.CharField(max_length=24)
    canal = models.CharField(max_length=16)
    repeticion = models.PositiveIntegerField(default=0)
    asunto = models.CharField(max_length=160, default="", blank=True)
    tipo = models.CharField(max_length=32)
    urgencia = models.CharField(max_length=8)
    bot = models.CharField(max_length=64, default="", blank=True)
    cuerpo = models.TextField()
    variables = models.JSONField(default=dict)
    marca = models.CharField(max_length=16, unique=True)

    estado = models.CharField(max_length=12, default=EstadoAviso.PENDIENTE)
    proximo_en = models.DateTimeField()
    intentos = models.PositiveIntegerField(default=0)
    busquedas_limpias = models.PositiveIntegerField(default=0)
    consultas = models.PositiveIntegerField(default=0)
    reclamado_por = models.CharField(max_length=128, default="", blank=True)
    reclamado_en = models.DateTimeField(null=True)
    enviado_en = models.DateTimeField(null=True)
    por_plantilla = models.BooleanField(default=False)
    plantilla = models.CharField(max_length=40, default="", blank=True)
    sid = models.CharField(max_length=64, default="", blank=True)
    sids_fallidos = models.JSONField(default=list)
    codigo_error = models.CharField(max_length=32, default="", blank=True)

    repetir_hasta_acuse = models.BooleanField(default=False)
    repetir_en = models.DateTimeField(null=True)
    acuse_en = models.DateTimeField(null=True)
    acuse_por = models.CharField(max_length=64, default="", blank=True)
    ocurrido_en = models.DateTimeField()
    creado_en = models.DateTimeField()
    actualizado_en = models.DateTimeField()

    class Meta:
        db_table = "avisos"
        constraints = [
            models.UniqueConstraint(fields=["clave", "destino", "canal", "repeticion"], name="uniq_aviso"),
            uno_de("estado", EstadoAviso, "aviso_estado"),
            uno_de("urgencia", Urgencia, "aviso_urgencia"),
        ]
        indexes = [
            models.Index(fields=["estado", "proximo_en"], name="idx_aviso_pendiente"),
            models.Index(fields=["asunto"], name="idx_aviso_asunto"),
            models.Index(fields=["sid"], name="idx_aviso_sid"),
            models.Index(fields=["repetir_en"], name="idx_aviso_repetir"),
            models.Index(fields=["creado_en"], name="idx_aviso_hora"),
        ]


class CursorAvisos(models.Model):
    """Hasta qué evento se tradujo. Avanza en la misma transacción que guarda los avisos: exactamente una vez."""

    nombre = models.CharField(max_length=32, primary_key=True)
    tx = models.BigIntegerField(default=0)
    evento = models.BigIntegerField(default=0)
    en = models.DateTimeField(null=True)

    class Meta:
        db_table = "avisos_cursor"


class CanalAvisos(models.Model):
    """Si un canal está parado y hasta cuándo: lo ven todos los despachadores."""

    canal = models.CharField(max_length=16, primary_key=True)
    parado_hasta = models.DateTimeField(null=True)
    codigo_error = models.CharField(max_length=32, default="", blank=True)
    seguidos = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "avisos_canales"


class Desconexion(models.Model):
    """Desde cuándo falta un bot (sin latido o sin sede). Se borra al volver."""

    bot = models.CharField(max_length=64)
    sede = models.CharField(max_length=12)
    cuenta = models.CharField(max_length=64)
    desde = models.DateTimeField()
    avisada = models.BooleanField(default=False)

    class Meta:
        db_table = "avisos_desconexiones"
        constraints = [models.UniqueConstraint(fields=["bot", "sede", "cuenta"], name="uniq_desconexion")]


class MensajeEntrante(models.Model):
    """Un mensaje que nos llegó: quién (etiqueta), qué pidió y qué se hizo. Del texto no se guarda nada más."""

    message_sid = models.CharField(max_length=64, unique=True)
    remitente = models.CharField(max_length=24)
    orden = models.CharField(max_length=16)
    resultado = models.CharField(max_length=32)
    recibido_en = models.DateTimeField()

    class Meta:
        db_table = "mensajes_entrantes"
        indexes = [models.Index(fields=["recibido_en"], name="idx_entrante_hora")]


class LimiteEntrante(models.Model):
    """Cuántas veces se usó algo en una ventana de tiempo. Solo crece con un UPDATE condicional."""

    clave = models.CharField(max_length=64)
    ventana = models.BigIntegerField()
    cuenta = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "limites_entrantes"
        constraints = [models.UniqueConstraint(fields=["clave", "ventana"], name="uniq_limite_entrante")]
