"""Claves de sede tecleadas en el panel: cifradas para quien opera; el proceso web no puede leerlas."""

from django.db import models


class SecretoCifrado(models.Model):
    """Un secreto en sobre cerrado (X25519). ``nombre`` es el de su variable; ``kid`` dice a qué llave se cerró."""

    nombre = models.CharField(max_length=64, unique=True)
    kid = models.CharField(max_length=32)
    sobre = models.TextField()
    pista = models.CharField(max_length=16, default="", blank=True)
    actor = models.CharField(max_length=64)
    en = models.DateTimeField()

    class Meta:
        db_table = "secretos"
