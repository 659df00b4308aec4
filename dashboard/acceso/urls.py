"""Las páginas propias de acceso; las de allauth están en ``urls_cuenta``, sin espacio de nombres."""

from django.urls import URLPattern, URLResolver, path

from dashboard.acceso import claves, views

app_name = "acceso"
urlpatterns: list[URLPattern | URLResolver] = [
    path("enlace/<str:ficha>/", views.enlace, name="enlace"),
    path("cuenta/", views.cuenta, name="cuenta"),
    path("segundo-factor/", views.segundo_factor, name="segundo_factor"),
    path("claves/", claves.claves, name="claves"),
    path("claves/<str:nombre>/borrar/", claves.borrar, name="clave_borrar"),
]
