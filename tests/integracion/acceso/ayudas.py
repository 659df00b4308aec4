"""Personas y fichas para las pruebas de acceso, y un segundo factor calculado aparte (RFC 6238)."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from django.test import Client

from dashboard.acceso.roles import poner_rol

CONTRASENA = "caballo-grapa-batería-correcto"
SECRETO = base64.b32encode(b"veinte octetos justos")[:32].decode()


def codigo(secreto: str = SECRETO, ahora: float | None = None) -> str:
    """Devuelve el código TOTP de seis cifras de ese momento, calculado sin usar el de la biblioteca."""
    relleno = secreto + "=" * (-len(secreto) % 8)
    cuenta = int((time.time() if ahora is None else ahora) // 30)
    resumen = hmac.new(base64.b32decode(relleno), struct.pack(">Q", cuenta), hashlib.sha1).digest()
    desde = resumen[-1] & 15
    numero = struct.unpack(">I", resumen[desde : desde + 4])[0] & 0x7FFFFFFF
    return f"{numero % 1_000_000:06d}"


def persona(rol: str = "", nombre: str = "", *, factor: bool = False) -> User:
    """Crea una cuenta con contraseña y, si se pide, con TOTP."""
    usuario = User.objects.create_user(nombre or f"persona-{rol or 'nadie'}", password=CONTRASENA)
    if rol:
        poner_rol(usuario, rol)
    if factor:
        TOTP.activate(usuario, SECRETO)
    return usuario


def entrar(usuario: User, *, reforzada: bool = False, hace_s: float = 0, metodo: str = "mfa") -> Client:
    """Devuelve un cliente con la sesión abierta y, si se pide, con un factor probado hace ``hace_s`` segundos."""
    cliente = Client()
    cliente.force_login(usuario, backend="django.contrib.auth.backends.ModelBackend")
    if reforzada:
        reforzar(cliente, usuario, hace_s=hace_s, metodo=metodo)
    return cliente


def reforzar(cliente: Client, usuario: User, *, hace_s: float = 0, metodo: str = "mfa") -> None:
    """Anota en la sesión un factor probado hace ``hace_s`` segundos."""
    sesion = cliente.session
    sesion["account_authentication_methods"] = [{"method": metodo, "at": time.time() - hace_s}]
    sesion["account_authentication_methods_user"] = str(usuario.pk)
    sesion.save()


def por_la_puerta(nombre: str, contrasena: str = CONTRASENA, cliente: Client | None = None) -> tuple[Client, Any]:
    """Devuelve (cliente, respuesta) de escribir nombre y contraseña en la página de entrada."""
    cliente = cliente or Client()
    return cliente, cliente.post("/acceso/entrar/", {"login": nombre, "password": contrasena})


def factores(usuario: User) -> set[str]:
    """Devuelve los tipos de factor activados."""
    return {str(uno.type) for uno in Authenticator.objects.filter(user=usuario)}
