"""Las rutas de la API."""

from django.urls import URLPattern, URLResolver, path

from dashboard.api.eventos import eventos

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [path("eventos/", eventos, name="eventos")]
