"""Con qué se entra: el enlace de un solo uso de una persona y el alcance de la ficha de un programa."""

from django.conf import settings
from django.db import models


class EnlaceUnUso(models.Model):
    """Una invitación a fijar contraseña. Del enlace solo se guarda su resumen: la base no sirve para usarlo."""

    usuario = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enlaces")
    resumen = models.CharField(max_length=64, unique=True)
    solo_local = models.BooleanField(default=False)
    actor = models.CharField(max_length=64)
    creado_en = models.DateTimeField()
    caduca_en = models.DateTimeField()
    usado_en = models.DateTimeField(null=True)

    class Meta:
        app_label = "dashboard"
        db_table = "enlaces_un_uso"


class FichaAlcance(models.Model):
    """Lo que puede una ficha de máquina. Una ficha sin esta fila no vale para nada."""

    ficha = models.OneToOneField("knox.AuthToken", on_delete=models.CASCADE, related_name="fila_alcance")
    nombre = models.CharField(max_length=64)
    alcance = models.CharField(max_length=12)
    actor = models.CharField(max_length=64)
    creada_en = models.DateTimeField()

    class Meta:
        app_label = "dashboard"
        db_table = "fichas_alcance"
        indexes = [models.Index(fields=["nombre"], name="idx_ficha_nombre")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(alcance__in=("leer", "operar", "administrar")), name="ficha_alcance"
            )
        ]
