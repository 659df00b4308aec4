"""Entrar, salir, segundo factor y fichas."""

from django.urls import URLPattern, URLResolver

app_name = "acceso"
urlpatterns: list[URLPattern | URLResolver] = []
