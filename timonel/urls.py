"""Las rutas de todo lo que se sirve: páginas, API, avisos entrantes y salud."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
