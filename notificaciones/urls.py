"""Lo que Twilio nos cuenta: entregas y mensajes entrantes. La credencial es la firma de cada petición."""

from django.urls import URLPattern, URLResolver, path

from notificaciones import views

app_name = "avisos_entrantes"
urlpatterns: list[URLPattern | URLResolver] = [
    path("estado/", views.estado, name="estado"),
    path("entrante/", views.entrante, name="entrante"),
]
