"""Sondas de vida y medidas."""

from django.urls import URLPattern, URLResolver, path

from dashboard.salud import views

app_name = "salud"
urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", views.vivo, name="livez"),
    path("readyz", views.listo, name="readyz"),
    path("metrics", views.medidas, name="metrics"),
]
