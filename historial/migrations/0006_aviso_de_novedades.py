"""En PostgreSQL, un aviso (NOTIFY) por evento o latido confirmado. Es una pista: la verdad es la tabla."""

from django.db import migrations

# El aviso sale al confirmar la transacción, lleva solo el identificador y quien no lo oiga lo encontrará al sondear.
POSTGRES = [
    """CREATE FUNCTION avisar_evento() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('timonel_vivo', NEW.id::text); RETURN NULL; END $$""",
    """CREATE TRIGGER evento_avisado AFTER INSERT ON eventos
        FOR EACH ROW EXECUTE FUNCTION avisar_evento()""",
    """CREATE FUNCTION avisar_latido() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('timonel_vivo', 'latido'); RETURN NULL; END $$""",
    """CREATE TRIGGER latido_avisado AFTER INSERT OR UPDATE ON latidos
        FOR EACH STATEMENT EXECUTE FUNCTION avisar_latido()""",
]
POSTGRES_QUITAR = [
    "DROP TRIGGER latido_avisado ON latidos",
    "DROP FUNCTION avisar_latido()",
    "DROP TRIGGER evento_avisado ON eventos",
    "DROP FUNCTION avisar_evento()",
]


def _ejecutar(editor, sentencias):
    if editor.connection.vendor == "postgresql":
        for sentencia in sentencias:
            editor.execute(sentencia)


def poner(apps, editor):
    _ejecutar(editor, POSTGRES)


def quitar(apps, editor):
    _ejecutar(editor, POSTGRES_QUITAR)


class Migration(migrations.Migration):
    dependencies = [("historial", "0005_acumulados")]

    operations = [migrations.RunPython(poner, quitar)]
