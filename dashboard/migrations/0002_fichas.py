"""Las fichas de máquina con su alcance."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dashboard', '0001_acceso'),
        ('knox', '0009_extend_authtoken_field'),
    ]

    operations = [
        migrations.CreateModel(
            name='FichaAlcance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nombre', models.CharField(max_length=64)),
                ('alcance', models.CharField(max_length=12)),
                ('actor', models.CharField(max_length=64)),
                ('creada_en', models.DateTimeField()),
                ('ficha', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='fila_alcance', to=settings.KNOX_TOKEN_MODEL)),
            ],
            options={
                'db_table': 'fichas_alcance',
                'indexes': [models.Index(fields=['nombre'], name='idx_ficha_nombre')],
                'constraints': [models.CheckConstraint(condition=models.Q(('alcance__in', ('leer', 'operar', 'administrar'))), name='ficha_alcance')],
            },
        ),
    ]
