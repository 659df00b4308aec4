"""Cómo entra una persona: enlace de un solo uso, contraseña y código de su aplicación."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

CONTRASENA = "una frase larga y de pruebas 42"
_PASO_S = 30


def codigo_totp(secreto: str, momento: float) -> str:
    """Devuelve el código de seis cifras (RFC 6238, SHA-1, 30 s) de ese secreto a esa hora."""
    clave = base64.b32decode(secreto + "=" * (-len(secreto) % 8))
    resumen = hmac.new(clave, struct.pack(">Q", int(momento) // _PASO_S), hashlib.sha1).digest()
    desde = resumen[-1] & 0x0F
    return f"{(struct.unpack('>I', resumen[desde : desde + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Persona:
    """Quien usa el panel: su secreto y los códigos que ya gastó (cada uno vale una vez)."""

    def __init__(self) -> None:
        self.secreto = ""
        self._gastado = 0

    def codigo(self) -> str:
        """Devuelve un código que aún no se usó; la tolerancia de un paso deja usar el siguiente antes de su hora."""
        paso = max(int(time.time()) // _PASO_S, self._gastado + 1)
        self._gastado = paso
        return codigo_totp(self.secreto, paso * _PASO_S)

    def entrar_con_enlace(self, pagina: Any, enlace: str) -> None:
        """Abre el enlace, fija la contraseña y queda dentro."""
        pagina.goto(enlace)
        pagina.get_by_label("Contraseña nueva").fill(CONTRASENA)
        pagina.get_by_label("Otra vez").fill(CONTRASENA)
        pagina.get_by_role("button", name="Guardar y entrar").click()
        pagina.get_by_role("heading", name="Proteja su cuenta").wait_for()

    def activar_codigos(self, pagina: Any) -> None:
        """Activa la aplicación de códigos desde la invitación que sigue al enlace."""
        pagina.get_by_role("link", name="Activar con una aplicación de códigos").click()
        # Activar un factor pide haberse identificado hace poco: justo después de entrar, ya se ha hecho.
        self.secreto = pagina.locator("#authenticator_secret").inner_text().strip()
        pagina.locator('input[name="code"]').fill(self.codigo())
        pagina.get_by_role("button", name="Activar").click()
        pagina.wait_for_url("**/factor/**")
