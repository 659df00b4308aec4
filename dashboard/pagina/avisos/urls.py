"""Las rutas de avisos."""

from django.urls import path

from dashboard.pagina.avisos import views

urlpatterns = [
    path("avisos/", views.avisos, name="avisos"),
    path("avisos/prueba/", views.probar, name="probar_aviso"),
    path("avisos/acuse/", views.acusar_recibo, name="acusar_aviso"),
]
