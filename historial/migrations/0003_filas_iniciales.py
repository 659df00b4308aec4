"""Las cuatro filas iniciales de ``configuracion`` (002 §13.2) y el freno global, ACTIVO."""

from datetime import UTC, datetime

from django.db import migrations

CONFIGURACION = (
    ("activos", '["EURUSD","GBPUSD","XAUUSD"]', "Lista de activos a operar"),
    ("horario_inicio", "06:00", "Hora de inicio (Perú)"),
    ("horario_fin", "13:00", "Hora de fin (Perú)"),
    ("reevaluacion_intervalo", "10", "Minutos entre reevaluaciones"),
)


def poner(apps, editor):
    for clave, valor, descripcion in CONFIGURACION:
        apps.get_model("historial", "Configuracion").objects.get_or_create(
            clave=clave, defaults={"valor": valor, "descripcion": descripcion}
        )
    apps.get_model("historial", "EstadoFreno").objects.get_or_create(
        ambito="global",
        clave="",
        defaults={"estado": "ACTIVO", "motivo": "instalación", "actor": "sistema", "en": datetime.now(UTC)},
    )


class Migration(migrations.Migration):
    dependencies = [("historial", "0002_registro_inalterable")]

    operations = [migrations.RunPython(poner, migrations.RunPython.noop)]
