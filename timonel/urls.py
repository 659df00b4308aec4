"""Las rutas de todo lo que se sirve: páginas, API, acceso y avisos entrantes."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("dashboard.urls")),
    path("api/v1/", include("dashboard.api.urls")),
    path("acceso/", include("dashboard.acceso.urls")),
    path("acceso/", include("dashboard.acceso.urls_cuenta")),
    path("", include("dashboard.salud.urls")),
    path("avisos/twilio/", include("notificaciones.urls")),
]

handler400 = "dashboard.acceso.errores_web.mal_pedido"
handler403 = "dashboard.acceso.errores_web.prohibido"
handler404 = "dashboard.acceso.errores_web.no_existe"
handler500 = "dashboard.acceso.errores_web.fallo"
