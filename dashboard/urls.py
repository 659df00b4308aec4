"""Las páginas del panel."""

from django.urls import URLPattern, URLResolver, include, path

from dashboard.pagina.bot.views import bot
from dashboard.pagina.inicio.views import inicio
from dashboard.pagina.mando.views import parar, reanudar
from dashboard.pagina.simulacion.views import simulacion

app_name = "panel"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", inicio, name="inicio"),
    path("bots/<slug:nombre>/", bot, name="bot"),
    path("simulacion/", simulacion, name="simulacion"),
    path("", include("dashboard.pagina.operaciones.urls")),
    path("", include("dashboard.pagina.avisos.urls")),
    path("", include("dashboard.pagina.sistema.urls")),
    path("mando/parar/", parar, name="parar"),
    path("mando/reanudar/", reanudar, name="reanudar"),
]
