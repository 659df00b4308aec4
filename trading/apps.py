"""Registro de la aplicación en Django."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = "Motor de trading"
