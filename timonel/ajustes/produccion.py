"""Lo que cambia al salir de este equipo: dominios, clave de firma y todo lo que pide HTTPS."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from dominio.errores import ErrorConfiguracion

PRODUCCION = os.environ.get("TIMONEL_PRODUCCION") == "1"
LARGO_CLAVE = 50
FICHERO_CLAVE = "clave_secreta"
LOCALES = ["127.0.0.1", "localhost", "[::1]"]
_DOMINIO = re.compile(r"^\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?$")


def dominios() -> list[str]:
    """Devuelve los nombres con que se sirve el panel.

    Raises:
        ErrorConfiguracion: CFG-WEB1 si en producción no hay ninguno o alguno no es un nombre.
    """
    nombres = [uno.strip() for uno in os.environ.get("TIMONEL_DOMINIOS", "").split(",") if uno.strip()]
    if (PRODUCCION and not nombres) or not all(_DOMINIO.match(uno) for uno in nombres):
        raise ErrorConfiguracion(
            "CFG-WEB1",
            "TIMONEL_DOMINIOS no dice con qué nombre se sirve el panel.",
            "Escriba sus dominios separados por comas, sin «https://» ni «*».",
        )
    return nombres


def permitidos() -> list[str]:
    """Devuelve ``ALLOWED_HOSTS``: los dominios y, siempre, este mismo equipo. Nunca «*»."""
    return [*(uno.split(":")[0] for uno in dominios()), *LOCALES]


def clave_secreta(datos: Path) -> str:
    """Devuelve la clave con que se firma: de la variable, de su fichero o la que se guarda en la carpeta de datos.

    La guardada se crea una vez (0600) para que las sesiones sobrevivan a un reinicio y la compartan los procesos.

    Raises:
        ErrorConfiguracion: CFG-SEC1 si en producción es corta; CFG-SEC2 si su fichero no se puede leer.
    """
    clave = os.environ.get("TIMONEL_CLAVE_SECRETA", "") or _de_fichero() or _guardada(datos)
    if PRODUCCION and (len(clave) < LARGO_CLAVE or len(set(clave)) < 5):
        raise ErrorConfiguracion(
            "CFG-SEC1",
            f"La clave de firma necesita al menos {LARGO_CLAVE} caracteres variados.",
            "Cambie TIMONEL_CLAVE_SECRETA, o quítela y Timonel guardará una.",
        )
    return clave


def _de_fichero() -> str:
    ruta = os.environ.get("TIMONEL_CLAVE_SECRETA_FILE")
    if not ruta:
        return ""
    try:
        return Path(ruta).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "CFG-SEC2", "No se puede leer el fichero de TIMONEL_CLAVE_SECRETA_FILE.", "Revise la ruta y los permisos."
        ) from fallo


def _guardada(datos: Path) -> str:
    ruta = datos / FICHERO_CLAVE
    with suppress(OSError, UnicodeDecodeError):
        if clave := ruta.read_text(encoding="utf-8").strip():
            return clave
    nueva = secrets.token_urlsafe(LARGO_CLAVE)
    try:
        datos.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(ruta, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # otro proceso la acaba de crear
        with suppress(OSError, UnicodeDecodeError):
            return ruta.read_text(encoding="utf-8").strip() or nueva
        return nueva
    except OSError:  # no se puede escribir: sirve para este proceso y nada firmado lo sobrevive
        return nueva
    with os.fdopen(descriptor, "w", encoding="utf-8") as salida:
        salida.write(nueva)
    return nueva
