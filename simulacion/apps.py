"""Registro de la aplicación en Django."""

from django.apps import AppConfig


class SimulacionConfig(AppConfig):
    name = "simulacion"
    verbose_name = "Simulación"
