"""Lo que Twilio nos cuenta: entregas y mensajes entrantes."""

from django.urls import URLPattern, URLResolver

app_name = "avisos_entrantes"
urlpatterns: list[URLPattern | URLResolver] = []
