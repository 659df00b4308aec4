"""Si el servidor puede atender: la base contesta y su esquema es el de este código."""

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor


def comprobar() -> dict[str, str]:
    """Devuelve «bien» o qué falla de la base y de las migraciones; nunca el texto del error: puede llevar claves."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        return {"base": "no responde", "migraciones": "no se sabe"}
    return {"base": "bien", "migraciones": _migraciones()}


def _migraciones() -> str:
    try:
        ejecutor = MigrationExecutor(connection)
        pendientes = ejecutor.migration_plan(ejecutor.loader.graph.leaf_nodes())
    except Error:
        return "no se sabe"
    return f"{len(pendientes)} pendientes" if pendientes else "bien"
