"""Registro de la aplicación en Django."""

from django.apps import AppConfig


class HistorialConfig(AppConfig):
    name = "historial"
    verbose_name = "Historial"
