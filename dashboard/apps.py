"""Registro de la aplicación en Django."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Panel"

    def ready(self) -> None:
        from django.apps import apps

        if apps.is_installed("allauth.mfa"):  # un proceso que solo opera no lo carga
            from dashboard.acceso import signals  # noqa: F401
