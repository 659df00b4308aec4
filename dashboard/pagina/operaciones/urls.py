"""Las rutas de operaciones."""

from django.urls import path

from dashboard.pagina.operaciones import descarga, views

urlpatterns = [
    path("operaciones/", views.operaciones, name="operaciones"),
    path("operaciones/csv/", descarga.descargar, name="operaciones_csv"),
    path("operaciones/<int:ident>/", views.operacion, name="operacion"),
]
