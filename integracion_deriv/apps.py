"""Registro de la aplicación en Django."""

from django.apps import AppConfig


class IntegracionDerivConfig(AppConfig):
    name = "integracion_deriv"
    verbose_name = "Integración con Deriv"
