"""Prepara Django una vez, cuando una orden lo necesita, comprueba que la base no es más nueva y la deja al día."""

import os

from dominio.errores import ErrorConfiguracion, ErrorServicio, ErrorTimonel


def preparar(*, migrar: bool = True) -> None:
    """Carga Django y, si se pide, aplica las migraciones pendientes.

    Raises:
        ErrorServicio: SRV-BD1 si la base de datos no se puede abrir o leer.
        ErrorConfiguracion: VER-01 si a la base le aplicaron migraciones que este código no conoce.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    _con_la_base(migrar)


def _con_la_base(migrar: bool) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, OperationalError

    try:
        settings.DATOS.mkdir(parents=True, exist_ok=True)
        exigir_version()
        if migrar:
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


def exigir_version() -> None:
    """Raises ErrorConfiguracion (VER-01) si la base es de una versión más nueva: no se adivina lo que guarda.

    Un proceso viejo que escribiera en un esquema nuevo podría estropear lo que no entiende.
    """
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    cargador = MigrationLoader(connection, ignore_no_migrations=True)
    sustituidas = {clave for migracion in cargador.replacements.values() for clave in migracion.replaces}
    ajenas = sorted(set(cargador.applied_migrations) - set(cargador.disk_migrations) - sustituidas)
    if ajenas:
        aplicacion, nombre = ajenas[0]
        raise ErrorConfiguracion(
            "VER-01",
            f"La base de datos es de otra versión de Timonel: tiene «{aplicacion}.{nombre}», que esta no conoce.",
            "Actualice Timonel o indique otra base en TIMONEL_BASE_DE_DATOS. No se ha cambiado nada.",
            migraciones=[f"{uno}.{otro}" for uno, otro in ajenas],
        )
