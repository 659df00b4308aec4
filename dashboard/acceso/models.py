"""El enlace con que una persona entra por primera vez: vale una vez y caduca."""

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
