"""Quién puede leer las medidas: una ficha o una sesión con permiso de leer; y este equipo, si así se pidió."""

import os

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import AuthenticationFailed

from dashboard.acceso.fichas import AutenticacionFicha
from dashboard.acceso.origen import es_local
from dashboard.acceso.respuestas import denegar
from dashboard.acceso.roles import LEER, cubre, puede, rol_de, sin_rol
from dominio.errores import ErrorUsuario

VARIABLE = "TIMONEL_METRICAS"


def negar(peticion: HttpRequest) -> HttpResponse | None:
    """Devuelve la respuesta que niega, o None si puede leer."""
    if os.environ.get(VARIABLE) == "local" and es_local(peticion):
        return None
    if puede(peticion.user, LEER):
        return None
    try:
        con_ficha = AutenticacionFicha().authenticate(peticion)
    except AuthenticationFailed:
        con_ficha = None
    if con_ficha is not None:
        return None if cubre(con_ficha[1].alcance, LEER) else denegar(peticion, sin_rol(LEER))
    if peticion.user.is_authenticated:
        return denegar(peticion, sin_rol(rol_de(peticion.user) or LEER))
    error = ErrorUsuario("ACC-01", "Hace falta una ficha con permiso de leer.", "Créela con «timonel panel ficha».")
    respuesta = denegar(peticion, error, 401)
    respuesta["WWW-Authenticate"] = "Token"
    return respuesta
