"""Las páginas del panel."""

from django.urls import URLPattern, URLResolver, include, path

from dashboard.pagina.inicio.views import inicio
from dashboard.pagina.mando.views import parar, reanudar
from dashboard.pagina.simulacion.views import simulacion

app_name = "panel"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", inicio, name="inicio"),
    path("", include("dashboard.pagina.bot.urls")),
    path("simulacion/", simulacion, name="simulacion"),
    path("", include("dashboard.pagina.operaciones.urls")),
    path("", include("dashboard.pagina.avisos.urls")),
    path("", include("dashboard.pagina.sistema.urls")),
    path("", include("dashboard.pagina.ajustes.urls")),
    path("mando/parar/", parar, name="parar"),
    path("mando/reanudar/", reanudar, name="reanudar"),
]
