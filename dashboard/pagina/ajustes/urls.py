"""Las rutas de ajustes."""

from django.urls import path
from django.views.i18n import set_language

from dashboard.pagina.ajustes import cuentas, views

urlpatterns = [
    path("ajustes/", views.ajustes, name="ajustes"),
    path("ajustes/idioma/", set_language, name="idioma"),
    path("ajustes/bots/crear/", views.crear, name="ajustes_crear"),
    path("ajustes/bots/<slug:nombre>/", views.bot, name="ajustes_bot"),
    path("ajustes/bots/<slug:nombre>/previa/", views.previa, name="ajustes_previa"),
    path("ajustes/bots/<slug:nombre>/guardar/", views.guardar, name="ajustes_guardar"),
    path("ajustes/bots/<slug:nombre>/mando/", views.mando, name="ajustes_mando"),
    path("ajustes/personas/invitar/", cuentas.invitar, name="ajustes_invitar"),
    path("ajustes/personas/retirar/", cuentas.retirar, name="ajustes_retirar"),
    path("ajustes/fichas/emitir/", cuentas.emitir, name="ajustes_emitir"),
    path("ajustes/fichas/revocar/", cuentas.revocar, name="ajustes_revocar"),
]
