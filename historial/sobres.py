"""Sobres cerrados: quien tiene la llave pública cierra; solo abre quien tiene la privada (X25519, ``SealedBox``).

Un sobre es ``kid|base64``: ``kid`` dice a qué llave se cerró y lo cerrado lleva su sitio (``modelo|nombre``), que se
comprueba al abrir: un sobre copiado al sitio de otro no vale.
"""

import base64
import binascii
import hashlib
import os
import stat
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from dominio.errores import ErrorConfiguracion

SITIO_MAX = 200
_LARGO = 32


def crear_par() -> tuple[str, str]:
    """Devuelve (privada, pública) en base64; de la privada no se guarda nada aquí."""
    privada = PrivateKey.generate()
    return _texto(bytes(privada)), _texto(bytes(privada.public_key))


def kid_de(publica: str) -> str:
    """Devuelve el nombre corto de una llave pública: 16 cifras hexadecimales. Raises ErrorConfiguracion (SOB-01)."""
    return hashlib.sha256(_octetos(publica)).hexdigest()[:16]


def publica_de(privada: str) -> str:
    """Devuelve la pública de una privada. Raises ErrorConfiguracion (SOB-01) si no es una llave."""
    return _texto(bytes(PrivateKey(_octetos(privada)).public_key))


def cerrar(valor: str, sitio: str, publica: str) -> str:
    """Devuelve el sobre de ``valor`` para ese ``sitio`` («modelo|nombre»).

    Raises:
        ErrorConfiguracion: SOB-01 si la llave no es una llave.
        ValueError: si el sitio no cabe o lleva un octeto nulo.
    """
    if len(sitio) > SITIO_MAX or "\0" in sitio:
        raise ValueError(sitio)
    cerrado = SealedBox(PublicKey(_octetos(publica))).encrypt(f"{sitio}\0{valor}".encode())
    return f"{kid_de(publica)}|{base64.urlsafe_b64encode(bytes(cerrado)).decode()}"


def abrir(sobre: str, sitio: str, privada: str) -> str:
    """Devuelve lo que hay dentro.

    Raises:
        ErrorConfiguracion: SOB-01 si la llave no es una llave; SOB-02 si el sobre no es de esa llave, está tocado o se
            cerró para otro sitio.
    """
    llave = PrivateKey(_octetos(privada))
    kid, _, cerrado = sobre.partition("|")
    try:
        dentro = SealedBox(llave).decrypt(base64.b64decode(cerrado, altchars=b"-_", validate=True)).decode()
    except (CryptoError, binascii.Error, ValueError) as fallo:
        raise _no_abre(kid) from fallo
    suyo, _, valor = dentro.partition("\0")
    if suyo != sitio:
        raise _no_abre(kid)
    return valor


def leer_privada(ruta: Path) -> str:
    """Devuelve la llave privada de su fichero.

    Raises:
        ErrorConfiguracion: SOB-03 si no se puede leer o la lee alguien más que su dueño; SOB-01 si no es una llave.
    """
    try:
        modo = ruta.stat().st_mode
        texto = ruta.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "SOB-03", "La llave de los sobres no se puede leer.", "Revise TIMONEL_LLAVE_SOBRES_FILE y sus permisos."
        ) from fallo
    if os.name == "posix" and stat.S_IMODE(modo) & 0o077:
        raise ErrorConfiguracion(
            "SOB-03", "La llave de los sobres la puede leer alguien más.", "Deje el fichero en 0400, de quien opera."
        )
    _octetos(texto)
    return texto


def _no_abre(kid: str) -> ErrorConfiguracion:
    return ErrorConfiguracion(
        "SOB-02",
        "Una clave guardada en el panel no se puede abrir con esta llave.",
        "Vuelva a escribirla en el panel, o use la llave con que se cerró.",
        kid=kid[:32],
    )


def _texto(octetos: bytes) -> str:
    return base64.b64encode(octetos).decode()


def _octetos(llave: str) -> bytes:
    try:
        octetos = base64.b64decode(llave.strip(), validate=True)
    except (binascii.Error, ValueError) as fallo:
        raise _no_es_llave() from fallo
    if len(octetos) != _LARGO:
        raise _no_es_llave()
    return octetos


def _no_es_llave() -> ErrorConfiguracion:
    return ErrorConfiguracion(
        "SOB-01", "Eso no es una llave de sobres.", "Cree el par con «timonel configurar --llave»."
    )
