"""R15 y R14: la pausa de 24 horas se cumple entera, con la hora de la sede, pase lo que pase con el bot y el equipo.

Diez reinicios en momentos al azar (la mitad, muertes bruscas), el reloj del equipo cambiado una hora adelante, una
atrás y 25 adelante, «alto» y «reanudar» por medio. El oráculo es el libro de la sede.
"""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.estado_bot import Ciclo
from core.models import Pausa
from dominio.azar import AzarSemilla
from dominio.freno import Freno
from dominio.reloj import de_epoch
from tests.fallos.banco import Banco, en_banco
from tests.pausa.conftest import TTL_S
from timonel.ensayos.taller import en_linea

pytestmark = [pytest.mark.pausa, pytest.mark.fallos, pytest.mark.django_db(transaction=True)]

UN_DIA_S = 86_400.0
VIDA_S = 600.0
HORA_MS = 3_600_000
TOLERANCIA = timedelta(seconds=1)
# Aquí importa cuándo acaba la pausa: sin mejor hora que elegir ni espera, se opera en cuanto termina.
CAMBIOS = {"activos": ("R_100",), "pausa": {"min_muestras": 1_000_000, "espera_max_h": 0}}


def _guion(azar: AzarSemilla) -> list[tuple[float, str, Any]]:
    """Devuelve, en orden, qué pasa y cuándo: segundos desde que empezó la pausa."""

    def al_azar(desde: float = 60.0, hasta: float = UN_DIA_S - 1200.0) -> float:
        return desde + azar.uniforme() * (hasta - desde)

    guion: list[tuple[float, str, Any]] = [(al_azar(), "reinicio", n % 2 == 0) for n in range(10)]
    saltos = (HORA_MS, -HORA_MS, 25 * HORA_MS, 0, HORA_MS)
    horas = sorted(al_azar() for _ in saltos[:-1])
    guion += [(hora, "reloj", salto) for hora, salto in zip(horas, saltos, strict=False)]
    guion.append((UN_DIA_S - 1000.0, "reloj", saltos[-1]))  # acaba la pausa con el equipo una hora adelantado
    alto = al_azar()
    guion += [(alto, "freno", Freno.DETENIDO), (al_azar(desde=alto), "freno", Freno.ACTIVO)]
    return sorted(guion, key=lambda paso: paso[0])


async def _pausar(banco: Banco) -> None:
    """Opera hasta que el stop mande parar y comprueba que la pausa empieza en esa liquidación, a la hora de la sede."""
    await banco.nacer()
    await banco.hasta(lambda: banco.ciclo is Ciclo.PAUSADO, 3600)
    estado, ultima = banco.estado, banco.compras[-1]
    assert estado.pausado_en == de_epoch(ultima.vendido_en or 0)
    assert estado.reanuda_en == estado.pausado_en + timedelta(days=1)


async def _seguir(banco: Banco, guion: list[tuple[float, str, Any]], siempre_vivo: bool) -> None:
    """Cumple el guion. Si no está ``siempre_vivo``, entre paso y paso vive un rato y luego falta hasta el siguiente."""
    estado, compras = banco.estado, len(banco.compras)
    assert estado.pausado_en is not None
    for cuando, que, dato in guion:
        falta = (estado.pausado_en - banco.hora_sede()).total_seconds() + cuando
        if falta > VIDA_S and not siempre_vivo:
            await asyncio.sleep(VIDA_S)
            await banco.morir()
            await asyncio.sleep(falta - VIDA_S)
            await banco.nacer()
        elif falta > 0:
            await asyncio.sleep(falta)
        if que == "reinicio":
            await banco.renacer(brusco=dato)
        elif que == "reloj":
            banco.equipo.desfase_ms = dato
        else:
            banco.frenar(dato)
        # Una lectura nueva de la base: ni el ciclo ni las horas se han movido.
        ahora = banco.estado
        assert (ahora.ciclo, ahora.pausado_en, ahora.reanuda_en) == (
            Ciclo.PAUSADO,
            estado.pausado_en,
            estado.reanuda_en,
        )
        assert len(banco.compras) == compras


def _fin_a_su_hora(banco: Banco) -> None:
    """El fin de la pausa, en el evento y en el momento verdadero, a menos de un segundo y nunca antes."""
    pausa = en_linea(lambda: Pausa.objects.get(cuenta=banco.cuenta))
    (fin,) = banco.eventos("FIN_DE_PAUSA")
    assert pausa.reanuda_en == pausa.pausado_en + timedelta(days=1)
    for momento in (fin.en, banco.hora_sede()):
        assert timedelta(0) <= momento - pausa.reanuda_en <= TOLERANCIA, momento - pausa.reanuda_en


def _un_dia(datos: Path, semilla: int, *, siempre_vivo: bool) -> None:
    async def prueba(banco: Banco) -> None:
        await _pausar(banco)
        compras, tanda = len(banco.compras), banco.estado.tanda.numero
        reanuda = banco.estado.reanuda_en
        assert reanuda is not None
        await _seguir(banco, _guion(AzarSemilla(f"pausa-{semilla}")), siempre_vivo)
        assert banco.reinicios == 10

        await banco.hasta(lambda: banco.ciclo is not Ciclo.PAUSADO, 1200)
        _fin_a_su_hora(banco)
        await banco.hasta(lambda: banco.ciclo is Ciclo.OPERANDO, 30)
        assert banco.estado.tanda.numero == tanda + 1
        await asyncio.sleep(120)
        assert len(banco.compras) == compras  # el equipo sigue una hora adelantado: REL-01
        assert banco.bot is not None and banco.bot.bucle.ultimo_motivo is not None
        assert banco.bot.bucle.ultimo_motivo.codigo == "REL-01"

        banco.equipo.desfase_ms = 0
        await banco.hasta(lambda: len(banco.compras) > compras, 600)
        assert de_epoch(banco.compras[compras].inicio) >= reanuda
        await banco.hasta(lambda: not banco.estado.libro.abiertos, 300)
        assert banco.violaciones() == []

    en_banco(datos, prueba, semilla=semilla, ttl_s=TTL_S, cambios=CAMBIOS)


def test_r15_un_dia_entero_con_diez_reinicios_y_el_reloj_del_equipo_saltando(carpeta_datos: Path) -> None:
    _un_dia(carpeta_datos, 1, siempre_vivo=False)


@pytest.mark.nocturno
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("semilla", range(2, 22))
def test_r15_veinte_dias_distintos(carpeta_datos: Path, semilla: int) -> None:
    _un_dia(carpeta_datos, semilla, siempre_vivo=True)
