"""Las rutas de la API."""

from django.urls import URLPattern, URLResolver, path

from dashboard.api import apis, mando
from dashboard.api.descarga import CSVAPI
from dashboard.api.eventos import eventos

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("estado/", apis.EstadoAPI.as_view(), name="estado"),
    path("winrate/", apis.WinrateAPI.as_view(), name="winrate"),
    path("estadisticas/", apis.EstadisticasAPI.as_view(), name="estadisticas"),
    path("historicos/", apis.HistoricosAPI.as_view(), name="historicos"),
    path("historicos/csv/", CSVAPI.as_view(), name="historicos_csv"),
    path("balance/", apis.BalanceAPI.as_view(), name="balance"),
    path("balance/serie/", apis.SerieAPI.as_view(), name="balance_serie"),
    path("temporizador/", apis.TemporizadorAPI.as_view(), name="temporizador"),
    path("horarios/", apis.HorariosAPI.as_view(), name="horarios"),
    path("bots/", apis.BotsAPI.as_view(), name="bots"),
    path("bots/<slug:nombre>/", apis.BotAPI.as_view(), name="bot"),
    path("ordenes/<slug:id_cliente>/", apis.OrdenAPI.as_view(), name="orden"),
    path("velas/", apis.VelasAPI.as_view(), name="velas"),
    path("alto/", mando.AltoAPI.as_view(), name="alto"),
    path("reanudar/", mando.ReanudarAPI.as_view(), name="reanudar"),
    path("esquema/", apis.EsquemaAPI.as_view(), name="esquema"),
    path("eventos/", eventos, name="eventos"),
]
