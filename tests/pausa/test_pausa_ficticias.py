"""La pausa que aprende: entradas ficticias con el libro de la sede como testigo, huecos anotados y la hora elegida.

La sede no sabe nada de las ficticias; sus precios sí están en su libro, y con ellos se comprueba cada resultado.
"""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.estado_bot import Ciclo
from core.models import Pausa
from dominio.reloj import a_epoch_ms
from historial.models import AcumuladoTotal, HuecoFicticio, Operacion
from simulacion.sedes.deriv.liquidacion import gana
from tests.fallos.banco import Banco, en_banco
from tests.pausa.conftest import TTL_S
from timonel.ensayos.taller import en_linea

pytestmark = [pytest.mark.pausa, pytest.mark.django_db(transaction=True)]

CAMBIOS: dict[str, Any] = {
    "activos": ("R_100",),
    "regla": {"stop_pct": "0.1"},  # con la primera pérdida basta
    "pausa": {"zona": "UTC", "horas": 0.5, "min_muestras": 20},
}


async def _pausar(banco: Banco) -> None:
    await banco.nacer()
    await banco.hasta(lambda: banco.ciclo is Ciclo.PAUSADO, 3600)


def _ficticias(banco: Banco, **filtro: Any) -> list[Operacion]:
    return banco.operaciones(origen="pausa", **filtro)


def _comprobar_con_la_sede(banco: Banco, entrada: Operacion) -> None:
    """El resultado es el que habría dado la sede con sus propios ticks."""
    assert entrada.hora_fin is not None and entrada.precio_entrada is not None and entrada.pago is not None
    inicio, fin = a_epoch_ms(entrada.hora_inicio) // 1000, a_epoch_ms(entrada.hora_fin) // 1000
    _, precios = banco.libro.mercado.tramo(entrada.activo, inicio + 1, fin + 1)
    primero, ultimo = float(precios[0]), float(precios[5])  # cinco ticks tras el de entrada
    assert (entrada.precio_entrada, entrada.precio_salida) == (Decimal(str(primero)), Decimal(str(ultimo)))
    gano = gana(entrada.direccion, primero, ultimo)
    assert entrada.resultado == ("ganada" if gano else "perdida")
    assert entrada.beneficio == (entrada.pago if gano else 0) - entrada.monto


def test_en_la_pausa_se_prueba_sin_enviar_nada_y_se_elige_la_mejor_hora(carpeta_datos: Path) -> None:
    async def prueba(banco: Banco) -> None:
        await _pausar(banco)
        compras, estado = len(banco.compras), banco.estado
        await banco.hasta(lambda: banco.ciclo is not Ciclo.PAUSADO, 1900)
        cerradas = _ficticias(banco, estado="cerrada")
        assert len(cerradas) > 30
        assert all(entrada.ficticia and entrada.confianza_pct and entrada.numero_contrato for entrada in cerradas)
        for entrada in cerradas:
            _comprobar_con_la_sede(banco, entrada)
        horas = sorted(entrada.hora_inicio for entrada in cerradas)
        assert horas[0] >= estado.pausado_en
        assert not en_linea(lambda: HuecoFicticio.objects.count())

        pausa = en_linea(lambda: Pausa.objects.get(cuenta=banco.cuenta))
        tabla = pausa.tabla_horas
        contadas = sum(fila["entradas"] for fila in tabla["horas"])
        assert contadas == len([e for e in cerradas if e.hora_inicio < pausa.reanuda_en])
        assert pausa.hora_elegida == tabla["mejor"]["hora"] and pausa.veredicto
        (fin,) = banco.eventos("FIN_DE_PAUSA")
        assert fin.datos["hora_elegida"] == pausa.hora_elegida and fin.datos["veredicto"] == pausa.veredicto

        await banco.hasta(lambda: banco.ciclo is Ciclo.OPERANDO, 86_400)
        assert timedelta(0) <= banco.hora_sede() - pausa.entra_en <= timedelta(seconds=1)
        probadas = len(_ficticias(banco))
        await banco.hasta(lambda: len(banco.compras) > compras, 600)
        assert len(_ficticias(banco)) == probadas  # operando no se prueba nada
        sumadas = en_linea(lambda: sum(f.ganadas + f.perdidas for f in AcumuladoTotal.objects.filter(origen="pausa")))
        assert sumadas == len(_ficticias(banco, estado="cerrada"))
        assert banco.violaciones() == []

    en_banco(carpeta_datos, prueba, semilla=3, ttl_s=TTL_S, cambios=CAMBIOS)


def test_un_corte_y_una_muerte_dejan_huecos_y_no_se_rellenan(carpeta_datos: Path) -> None:
    async def prueba(banco: Banco) -> None:
        await _pausar(banco)
        await asyncio.sleep(300)
        await banco.servidor.dejar_de_escuchar()
        corte = banco.hora_sede()
        banco.servidor.cortar_todas()
        await asyncio.sleep(300)
        await banco.servidor.escuchar()
        vuelta = banco.hora_sede()
        await asyncio.sleep(300)
        muerte = banco.hora_sede()
        await banco.morir()
        await asyncio.sleep(600)
        renace = banco.hora_sede()
        await banco.nacer()
        await asyncio.sleep(300)

        primero, segundo = en_linea(lambda: list(HuecoFicticio.objects.order_by("desde")))
        margen = timedelta(seconds=90)
        assert abs(primero.desde - corte) < margen and vuelta <= primero.hasta < vuelta + margen
        assert abs(segundo.desde - muerte) < margen and renace <= segundo.hasta < renace + margen
        dentro = [e for e in _ficticias(banco) if any(h.desde < e.hora_inicio < h.hasta for h in (primero, segundo))]
        assert dentro == []
        assert len(_ficticias(banco, estado="cancelada")) <= 2
        assert [e for e in _ficticias(banco) if e.hora_inicio > segundo.hasta]

    en_banco(carpeta_datos, prueba, semilla=3, ttl_s=TTL_S, cambios=CAMBIOS | {"pausa": {"horas": 24.0}})


def test_sin_datos_bastantes_se_espera_a_tenerlos_y_se_cuenta(carpeta_datos: Path) -> None:
    async def prueba(banco: Banco) -> None:
        await _pausar(banco)
        await banco.hasta(lambda: banco.ciclo is Ciclo.ESPERANDO_HORARIO, 700)
        assert banco.estado.hora_elegida is None
        assert not banco.eventos("REACTIVADO")
        await banco.hasta(lambda: bool(banco.eventos("HORA_ELEGIDA")), 7200)
        await banco.hasta(lambda: banco.ciclo is Ciclo.OPERANDO, 86_400)
        assert len(banco.eventos("REACTIVADO")) == 1

    pausa = {"zona": "UTC", "horas": 0.1, "min_muestras": 40}
    en_banco(carpeta_datos, prueba, semilla=3, ttl_s=TTL_S, cambios=CAMBIOS | {"pausa": pausa})


@pytest.mark.parametrize(("sin_hora", "opera"), [("operar_igual", True), ("seguir_pausado", False)])
def test_cansado_de_esperar_datos_hace_lo_configurado(carpeta_datos: Path, sin_hora: str, opera: bool) -> None:
    async def prueba(banco: Banco) -> None:
        await _pausar(banco)
        await banco.hasta(lambda: banco.ciclo is Ciclo.ESPERANDO_HORARIO, 1900)
        limite = banco.estado.entra_en
        assert limite is not None and limite - banco.estado.desde == timedelta(hours=0.25)
        await asyncio.sleep(950)
        assert bool(banco.eventos("REACTIVADO")) is opera

    pausa = {"zona": "UTC", "horas": 0.1, "min_muestras": 10_000, "espera_max_h": 0.25, "sin_hora": sin_hora}
    en_banco(carpeta_datos, prueba, semilla=3, ttl_s=TTL_S, cambios=CAMBIOS | {"pausa": pausa})
