"""La clave del operador: sin ella se para, con ella se vuelve a arrancar. En la base solo está su resumen (PBKDF2)."""

import os
from getpass import getpass, getuser
from pathlib import Path

from dominio.errores import ErrorConfiguracion, ErrorUsuario

AJUSTE = "clave_operador"
VARIABLE = "TIMONEL_CLAVE_OPERADOR"
LARGO_MIN = 8


def exigir_clave() -> str:
    """Comprueba la clave y devuelve el nombre de quien la dio, para la auditoría.

    Se toma de TIMONEL_CLAVE_OPERADOR, del fichero de TIMONEL_CLAVE_OPERADOR_FILE o de una pregunta a ciegas.

    Raises:
        ErrorConfiguracion: AUT-01 si no hay ninguna fijada; AUT-03 si el fichero no se puede leer.
        ErrorUsuario: AUT-02 si no es esa.
    """
    from django.contrib.auth.hashers import check_password

    from dominio.reloj import RelojSistema
    from historial import selectors as lecturas
    from historial import services as historial

    guardada = lecturas.configuracion(AJUSTE)
    if not guardada:
        raise ErrorConfiguracion(
            "AUT-01",
            "Todavía no hay clave del operador.",
            "Fíjela con «timonel configurar --clave» y repita la orden.",
        )
    if not check_password(_leer("Clave del operador: "), guardada):
        historial.registrar_auditoria(
            "acceso", "clave_rechazada", {}, actor=quien(), ahora=RelojSistema().ahora(), objeto=AJUSTE
        )
        raise ErrorUsuario("AUT-02", "La clave del operador no es esa.", "Nada ha cambiado.")
    return quien()


def fijar_clave(nueva: str) -> None:
    """Guarda el resumen de la clave nueva; en la historia y en la auditoría solo queda que cambió.

    Raises:
        ErrorUsuario: AUT-04 si es demasiado corta.
    """
    from django.contrib.auth.hashers import make_password
    from django.db import transaction

    from dominio.reloj import RelojSistema
    from historial import services as historial
    from historial.models import CambioConfiguracion, Configuracion

    if len(nueva) < LARGO_MIN:
        raise ErrorUsuario("AUT-04", f"La clave necesita al menos {LARGO_MIN} caracteres.", "Elija otra.")
    ahora = RelojSistema().ahora()
    with transaction.atomic():
        valores = {
            "valor": make_password(nueva),
            "descripcion": "Resumen de la clave del operador",
            "updated_at": ahora,
        }
        Configuracion.objects.update_or_create(clave=AJUSTE, defaults=valores)
        CambioConfiguracion.objects.create(clave=AJUSTE, antes=None, despues="(secreta)", actor=quien(), en=ahora)
        historial.registrar_auditoria("configuracion", "clave_cambiada", {}, actor=quien(), ahora=ahora, objeto=AJUSTE)


def hay_clave() -> bool:
    """Devuelve si ya se fijó una clave."""
    from historial import selectors as lecturas

    return bool(lecturas.configuracion(AJUSTE))


def quien() -> str:
    """Devuelve «consola:usuario», el nombre que queda en la auditoría."""
    try:
        return f"consola:{getuser()}"[:64]
    except (OSError, KeyError):
        return "consola"


def _leer(pregunta: str) -> str:
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE]
    fichero = os.environ.get(f"{VARIABLE}_FILE")
    if fichero:
        try:
            return Path(fichero).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as fallo:
            raise ErrorConfiguracion(
                "AUT-03", f"El fichero de {VARIABLE}_FILE no se puede leer.", "Revise el camino y los permisos."
            ) from fallo
    return preguntar_clave(pregunta)


def preguntar_clave(pregunta: str) -> str:
    """Devuelve lo tecleado sin enseñarlo.

    Raises:
        ErrorUsuario: USO-09 si no hay a quién preguntar.
    """
    import sys

    if not sys.stdin.isatty():
        raise ErrorUsuario(
            "USO-09", "Hace falta la clave del operador y no hay a quién preguntarla.", f"Póngala en {VARIABLE}."
        )
    return getpass(pregunta)
