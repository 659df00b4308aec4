"""Las rutas de sistema."""

from django.urls import path

from dashboard.pagina.sistema import views

urlpatterns = [
    path("sistema/", views.sistema, name="sistema"),
    path("sistema/auditoria/", views.verificar, name="verificar_auditoria"),
]
