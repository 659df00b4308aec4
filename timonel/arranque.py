"""Prepara Django una vez, cuando una orden lo necesita, y deja el esquema al día."""

import os

from dominio.errores import ErrorServicio, ErrorTimonel


def preparar(*, migrar: bool = True) -> None:
    """Carga Django y, si se pide, aplica las migraciones pendientes.

    Raises:
        ErrorServicio: SRV-BD1 si la base de datos no se puede abrir o leer.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    if migrar:
        _migrar()


def _migrar() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, OperationalError

    try:
        settings.DATOS.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0, interactive=False)
    except ErrorTimonel:
        raise
    except (OSError, OperationalError, DatabaseError) as fallo:
        raise ErrorServicio(
            "SRV-BD1",
            "La base de datos no se puede abrir.",
            "Revise TIMONEL_BASE_DE_DATOS o los permisos de la carpeta de datos (TIMONEL_DATOS).",
            causa=type(fallo).__name__,
        ) from fallo
