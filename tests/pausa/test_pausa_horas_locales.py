"""R14 y R15: la pausa dura 24 horas absolutas aunque el día local tenga 23 o 25, y luego se espera la hora local.

Nueva York adelanta el reloj el 8 de marzo de 2026 a las 2:00 (7:00 UTC) y lo atrasa el 1 de noviembre a las 2:00 (6:00
UTC). Una hora que ese día no existe empieza al acabar el salto; una repetida es una sola, de dos horas.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.estado_bot import Ciclo
from core.models import Pausa
from dominio.reloj import a_epoch_ms, de_epoch
from tests.fallos.banco import Banco, en_banco
from tests.pausa.conftest import TTL_S
from timonel.ensayos.taller import en_linea

pytestmark = [pytest.mark.pausa, pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

A_LA_HORA_QUE_ACABE = None
SIN_MEJOR_HORA = 1_000_000  # ninguna hora junta tantas entradas: se usa la de reserva
# nombre: (cuándo empieza a operar, hora de reserva, cuándo debe entrar), en UTC.
DIAS = {
    "primavera: la hora elegida no existe": ("2026-03-07T06:20", 2, "2026-03-08T07:00"),
    "primavera: quedan menos de 10 minutos de la hora": ("2026-03-07T06:51", 1, "2026-03-09T05:00"),
    "otoño: la hora elegida se repite y ya corre": ("2026-10-31T05:20", 1, A_LA_HORA_QUE_ACABE),
    "otoño: la hora repetida empieza en su primera vez": ("2026-10-31T04:20", 1, "2026-11-01T05:00"),
}


@pytest.mark.parametrize("dia", DIAS)
def test_r15_la_pausa_es_absoluta_y_la_hora_local(carpeta_datos: Path, dia: str) -> None:
    empieza, hora, entra = DIAS[dia]
    base = datetime.fromisoformat(empieza).replace(tzinfo=UTC)

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.ciclo is Ciclo.PAUSADO, 540)
        estado, compras = banco.estado, len(banco.compras)
        assert estado.pausado_en is not None
        reanuda = estado.pausado_en + timedelta(days=1)
        assert estado.reanuda_en == reanuda
        await _ausente_hasta(banco, reanuda - timedelta(seconds=90))

        await banco.hasta(lambda: banco.ciclo is not Ciclo.PAUSADO, 120)
        assert timedelta(0) <= banco.hora_sede() - reanuda <= timedelta(seconds=1)
        esperada = reanuda if entra is None else datetime.fromisoformat(entra).replace(tzinfo=UTC)
        pausa = en_linea(lambda: Pausa.objects.get(cuenta=banco.cuenta))
        assert pausa.hora_elegida == hora
        if entra is not None:
            assert pausa.entra_en == esperada
            assert banco.estado.ciclo is Ciclo.ESPERANDO_HORARIO
            await _ausente_hasta(banco, esperada - timedelta(seconds=90))
            assert len(banco.compras) == compras

        await banco.hasta(lambda: banco.ciclo is Ciclo.OPERANDO, 120)
        assert timedelta(0) <= banco.hora_sede() - esperada <= timedelta(seconds=1)
        await banco.hasta(lambda: len(banco.compras) > compras, 600)
        assert de_epoch(banco.compras[compras].inicio) >= esperada
        assert banco.estado.tanda.numero == estado.tanda.numero + 1

    cambios = {
        "activos": ("R_100",),
        "regla": {"stop_pct": "0.1"},  # con la primera pérdida basta: aquí importan las horas
        "pausa": {"zona": "America/New_York", "hora_reserva": hora, "min_muestras": SIN_MEJOR_HORA},
    }
    en_banco(carpeta_datos, prueba, semilla=3, base_ms=a_epoch_ms(base), ttl_s=TTL_S, cambios=cambios)


async def _ausente_hasta(banco: Banco, momento: datetime) -> None:
    """El bot está muerto hasta ese momento de la sede; luego renace."""
    await banco.morir()
    await asyncio.sleep((momento - banco.hora_sede()).total_seconds())
    await banco.nacer()
