"""Cómo se usa allauth aquí: sin registro, sin correo y con los secretos del segundo factor cifrados en la base."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from dashboard.acceso.origen import direccion

_MARCA = "sb1|"


class AdaptadorCuenta(DefaultAccountAdapter):
    """Nadie se registra, nada se manda por correo y la dirección de quien pide es la de su conexión."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """No se vuelve a pedir lo que se acaba de dar: quien entró hace menos de cinco minutos sigue."""
        from dashboard.acceso.refuerzo import probada  # aquí: allauth carga este módulo antes que sus modelos

        return not probada(context.request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No manda nada: esta instalación no tiene correo."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return direccion(request) or "127.0.0.1"


class AdaptadorSegundoFactor(DefaultMFAAdapter):
    """Cifra los secretos con una llave derivada de la clave de firma: un volcado de la base no basta para usarlos."""

    def encrypt(self, text: str) -> str:
        return _MARCA + base64.b64encode(bytes(_caja(settings.SECRET_KEY).encrypt(text.encode()))).decode()

    def decrypt(self, encrypted_text: str) -> str:
        from nacl.exceptions import CryptoError

        cifrado = base64.b64decode(encrypted_text.removeprefix(_MARCA))
        claves = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        for clave in claves[:-1]:
            try:
                return bytes(_caja(clave).decrypt(cifrado)).decode()
            except CryptoError:
                continue
        return bytes(_caja(claves[-1]).decrypt(cifrado)).decode()

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())


def _caja(clave: str) -> Any:
    from nacl.secret import SecretBox

    llave = hashlib.blake2b(clave.encode(), digest_size=32, person=b"timonel-factor").digest()
    return SecretBox(llave)
