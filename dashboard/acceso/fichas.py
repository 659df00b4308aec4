"""Las fichas de los programas: de cada una solo se guarda el resumen, tiene alcance, caduca y se puede revocar.

Cada nombre es una cuenta de máquina, sin contraseña y con el rol de su alcance: no puede entrar por las páginas.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from dashboard.acceso.models import FichaAlcance
from dashboard.acceso.roles import ROLES, cubre, poner_rol, rol_de
from dashboard.acceso.services import anotar, exigir_nombre
from dominio.errores import ErrorUsuario

PREFIJO = "maquina:"


class FichaNueva(msgspec.Struct, frozen=True):
    """Una ficha recién creada: es la única vez que se sabe."""

    ficha: str
    caduca_en: datetime


class AutenticacionFicha(TokenAuthentication):
    """La de knox, más estricta: una ficha sin alcance no vale, y la ilegible es mala, no un fallo.

    ``request.auth.alcance`` es su alcance, nunca mayor que el rol que conserve su cuenta.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        try:
            usuario, ficha = super().authenticate_credentials(token)
        except UnicodeDecodeError as fallo:
            raise AuthenticationFailed("La ficha no vale.") from fallo
        fila = FichaAlcance.objects.filter(ficha=ficha).first()
        if fila is None:
            raise AuthenticationFailed("La ficha no vale.")
        rol = rol_de(usuario)
        ficha.alcance = fila.alcance if cubre(rol, fila.alcance) else rol
        return usuario, ficha


def emitir(nombre: str, alcance: str, actor: str, *, horas: float, ahora: datetime) -> FichaNueva:
    """Crea la ficha y la devuelve. Varias con el mismo nombre conviven: así se cambia una sin cortar.

    Raises:
        ErrorUsuario: ACC-09 si el nombre no vale; ACC-03 si el alcance no existe o no es el de las demás de ese nombre.
    """
    exigir_nombre(nombre)
    if alcance not in ROLES:
        raise ErrorUsuario("ACC-03", f"No existe el alcance «{alcance}».", f"Hay: {', '.join(ROLES)}.")
    with transaction.atomic():
        usuario, nuevo = User.objects.get_or_create(username=PREFIJO + nombre)
        if nuevo or not usuario.is_active:
            usuario.set_unusable_password()
            usuario.is_active = True
            usuario.save()
            poner_rol(usuario, alcance)
        elif rol_de(usuario) != alcance:
            raise ErrorUsuario(
                "ACC-03", f"«{nombre}» ya tiene fichas de {rol_de(usuario)}.", "Use otro nombre, o revóquelas antes."
            )
        fila, texto = AuthToken.objects.create(usuario, expiry=timedelta(hours=horas))
        FichaAlcance.objects.create(ficha=fila, nombre=nombre, alcance=alcance, actor=actor[:64], creada_en=ahora)
        anotar("ficha_creada", actor, ahora=ahora, objeto=nombre, alcance=alcance, horas=horas)
    return FichaNueva(texto, fila.expiry)


def revocar(nombre: str, actor: str, *, ahora: datetime) -> int:
    """Revoca todas las fichas de ese nombre y devuelve cuántas eran."""
    with transaction.atomic():
        filas = AuthToken.objects.filter(fila_alcance__nombre=nombre)
        cuantas = filas.count()
        filas.delete()
        User.objects.filter(username=PREFIJO + nombre).update(is_active=False)
        if cuantas:
            anotar("fichas_revocadas", actor, ahora=ahora, objeto=nombre, cuantas=cuantas)
    return cuantas
