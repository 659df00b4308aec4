"""Disparadores que impiden cambiar la auditoría y, en PostgreSQL, la columna ``tx`` que ordena los eventos."""

from django.db import migrations

MENSAJE = "la auditoria solo crece: no se modifica ni se borra"

SQLITE = [
    f"CREATE TRIGGER auditoria_sin_{nombre} BEFORE {orden} ON auditoria "
    f"BEGIN SELECT RAISE(ABORT, '{MENSAJE}'); END"
    for nombre, orden in (("cambios", "UPDATE"), ("borrados", "DELETE"))
]
SQLITE_QUITAR = ["DROP TRIGGER auditoria_sin_cambios", "DROP TRIGGER auditoria_sin_borrados"]

POSTGRES = [
    f"""CREATE FUNCTION auditoria_inalterable() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{MENSAJE}'; END $$""",
    """CREATE TRIGGER auditoria_sin_cambios BEFORE UPDATE OR DELETE ON auditoria
        FOR EACH ROW EXECUTE FUNCTION auditoria_inalterable()""",
    """CREATE TRIGGER auditoria_sin_vaciado BEFORE TRUNCATE ON auditoria
        FOR EACH STATEMENT EXECUTE FUNCTION auditoria_inalterable()""",
    # Los identificadores se confirman desordenados: leer «id > último» perdería eventos de escritores simultáneos.
    "ALTER TABLE eventos ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX idx_evento_tx ON eventos (tx, id)",
]
POSTGRES_QUITAR = [
    "DROP INDEX idx_evento_tx",
    "ALTER TABLE eventos DROP COLUMN tx",
    "DROP TRIGGER auditoria_sin_vaciado ON auditoria",
    "DROP TRIGGER auditoria_sin_cambios ON auditoria",
    "DROP FUNCTION auditoria_inalterable()",
]


def _ejecutar(editor, sentencias):
    for sentencia in sentencias:
        editor.execute(sentencia)


def poner(apps, editor):
    _ejecutar(editor, POSTGRES if editor.connection.vendor == "postgresql" else SQLITE)


def quitar(apps, editor):
    _ejecutar(editor, POSTGRES_QUITAR if editor.connection.vendor == "postgresql" else SQLITE_QUITAR)


class Migration(migrations.Migration):
    dependencies = [("historial", "0001_tablas")]

    operations = [migrations.RunPython(poner, quitar)]
