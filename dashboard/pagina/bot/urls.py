"""Las rutas de la página de un bot."""

from django.urls import path

from dashboard.pagina.bot import views

urlpatterns = [
    path("bots/<slug:nombre>/", views.bot, name="bot"),
    path("bots/<slug:nombre>/fiabilidad/", views.fiabilidad, name="bot_fiabilidad"),
    path("bots/<slug:nombre>/precio/", views.precio, name="bot_precio"),
    path("bots/<slug:nombre>/balance/", views.balance, name="bot_balance"),
]
