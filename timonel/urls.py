"""Las rutas de todo lo que se sirve: páginas, API, acceso y avisos entrantes."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dashboard.urls")),
    path("api/v1/", include("dashboard.api.urls")),
    path("acceso/", include("dashboard.acceso.urls")),
    path("avisos/twilio/", include("notificaciones.urls")),
]
