"""Los enlaces de un solo uso y los tres roles."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

ROLES = ("leer", "operar", "administrar")


def crear_roles(apps, schema_editor):
    grupos = apps.get_model("auth", "Group")
    for rol in ROLES:
        grupos.objects.get_or_create(name=rol)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="EnlaceUnUso",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("resumen", models.CharField(max_length=64, unique=True)),
                ("solo_local", models.BooleanField(default=False)),
                ("actor", models.CharField(max_length=64)),
                ("creado_en", models.DateTimeField()),
                ("caduca_en", models.DateTimeField()),
                ("usado_en", models.DateTimeField(null=True)),
                (
                    "usuario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="enlaces",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"db_table": "enlaces_un_uso"},
        ),
        migrations.RunPython(crear_roles, migrations.RunPython.noop),
    ]
