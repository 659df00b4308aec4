"""R15 y R17: en la pausa se sigue anotando; lo que aparece tarde se adopta y no mueve ninguna hora."""

from pathlib import Path

import pytest

from core.estado_bot import Ciclo
from core.models import Pausa
from dominio.ordenes import EstadoOrden
from laboratorio.deriv.nombres_fallos import LLEGADA_TARDIA
from tests.fallos.banco import Banco, en_banco
from tests.pausa.conftest import TTL_S
from timonel.ensayos.taller import en_linea

pytestmark = [pytest.mark.pausa, pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

TARDE_S = 49.0  # después de darla por no colocada y dentro de lo que la sede puede tardar


def test_r15_un_contrato_que_llega_en_plena_pausa_se_adopta_y_no_mueve_las_horas(carpeta_datos: Path) -> None:
    """Hace falta que el contrato siguiente pierda antes de que llegue el tardío: se prueba con otra semilla si gana."""

    async def prueba(banco: Banco) -> bool:
        banco.servidor.fallos.programar(LLEGADA_TARDIA, espera_s=TARDE_S)
        await banco.nacer()
        await banco.hasta(lambda: banco.ordenes(estado=EstadoOrden.NO_COLOCADA), 120)
        await banco.hasta(lambda: banco.estado.contadores.ganadas + banco.estado.contadores.perdidas, 60)
        if banco.ciclo is not Ciclo.PAUSADO or not banco.ordenes(estado=EstadoOrden.NO_COLOCADA):
            return False
        antes, compras = banco.estado, len(banco.compras)

        await banco.hasta(lambda: len(banco.compras) > compras, TARDE_S)
        tardio = str(banco.compras[-1].id)
        adoptada = await banco.hasta(lambda: tardio in banco.estado.libro.abiertos or _cerrada(banco, tardio), 60)
        assert adoptada < 60
        await banco.hasta(lambda: _cerrada(banco, tardio), 120)

        despues = banco.estado
        assert despues.ciclo is Ciclo.PAUSADO
        assert (despues.pausado_en, despues.reanuda_en) == (antes.pausado_en, antes.reanuda_en)
        assert despues.contadores.ganadas + despues.contadores.perdidas == compras + 1
        assert en_linea(lambda: Pausa.objects.filter(cuenta=banco.cuenta).count()) == 1
        assert len(banco.compras) == compras + 1
        assert banco.violaciones() == []
        return True

    cambios = {"activos": ("1HZ100V",), "regla": {"stop_pct": "0.1"}}
    assert any(
        en_banco(carpeta_datos, prueba, nombre=f"tarde{semilla}", semilla=semilla, ttl_s=TTL_S, cambios=cambios)
        for semilla in range(1, 20)
    )


def _cerrada(banco: Banco, referencia: str) -> bool:
    return bool(banco.operaciones(numero_contrato=referencia, estado="cerrada"))
