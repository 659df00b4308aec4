"""La descarga en CSV: lo mismo en los dos motores, a salvo de fórmulas, por trozos y con memoria constante."""

import asyncio
import csv
import io
import tracemalloc
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import AsyncClient, Client

from dominio.reloj import RelojManual
from historial.csv_operaciones import NOMBRES, Filtro, filas_csv, trozos_csv
from historial.models import Operacion
from tests.integracion.historial.fabrica import cuenta_nueva
from tests.integracion.historial.test_csv import operacion

# Sin transacción abierta: en un equipo cargado PostgreSQL cortaría la que pasara dos segundos sin nada que hacer.
pytestmark = pytest.mark.django_db(transaction=True)
FORMULAS = (
    "=1+1",
    "+SUM(A1)",
    "-2",
    "@cmd",
    "\tx",
    "\rx",
    "\n=1",
    "normal",
    'con "comillas"',
    "con,coma",
    "dos\nlíneas",
)


def leer(trozos: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(trozos).decode(), newline="")))


def sembrar(reloj: RelojManual, cuenta: str, cuantas: int) -> None:
    for primera in range(0, cuantas, 500):
        filas = [una(reloj, cuenta, n) for n in range(primera, min(primera + 500, cuantas))]
        Operacion.objects.bulk_create(filas)


def una(reloj: RelojManual, cuenta: str, n: int) -> Operacion:
    return operacion(
        reloj, n, cuenta=cuenta, numero_contrato=f"{cuenta}{n}", nombre_activo=FORMULAS[n % len(FORMULAS)],
        beneficio=Decimal(n) / 100 if n % 4 else None, estado="cerrada" if n % 4 else "abierta",
        resultado="ganada" if n % 4 else None, confianza_pct=(None, 50.0, 51.25)[n % 3],
        hora_fin=reloj.ahora() + timedelta(microseconds=n) if n % 4 else None,
        precio_salida=Decimal("1234567.1000000000") if n % 2 else None, ficticia=bool(n % 2),
    )  # fmt: skip


def normal(filas: list[list[str]]) -> list[list[str]]:
    """PostgreSQL escribe los microsegundos sin ceros de cola: la hora es la misma."""
    return [[celda.rstrip("Z").rstrip("0") if "T" in celda and "." in celda else celda for celda in f] for f in filas]


def test_dice_lo_mismo_que_la_exportacion_fila_a_fila(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    sembrar(reloj, cuenta, 60)
    filtro = Filtro(cuenta=cuenta)
    leidas = leer(trozos_csv(filtro))
    assert leidas[0] == NOMBRES
    assert normal(leidas[1:]) == normal(list(filas_csv(filtro)))


def test_ninguna_celda_de_texto_empieza_como_una_formula(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    sembrar(reloj, cuenta, 60)
    columna = NOMBRES.index("nombre_activo")
    vistas = {fila[columna] for fila in leer(trozos_csv(Filtro(cuenta=cuenta)))[1:]}
    assert "'=1+1" in vistas and "normal" in vistas
    assert not [celda for celda in vistas if celda.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_los_filtros_llegan_al_csv(lector: Client, reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    sembrar(reloj, cuenta, 40)
    respuesta = lector.get("/api/v1/historicos/csv/", {"cuenta": cuenta, "clase": "ficticias", "resultado": "ganada"})
    assert respuesta["Content-Type"] == "text/csv; charset=utf-8"
    assert respuesta["Content-Disposition"].startswith('attachment; filename="operaciones-')
    filas = leer(respuesta.streaming_content)
    directas = Operacion.objects.filter(cuenta=cuenta, ficticia=True, resultado="ganada").count()
    assert len(filas) == directas + 1 > 1


def test_bajo_asgi_sale_entera_por_trozos(reloj: RelojManual, ficha: Any) -> None:
    cuenta = cuenta_nueva()
    sembrar(reloj, cuenta, 2500)
    cabecera = {"Authorization": f"Token {ficha()}"}

    async def bajar() -> list[bytes]:
        respuesta = await AsyncClient().get(f"/api/v1/historicos/csv/?cuenta={cuenta}", headers=cabecera)
        assert respuesta.status_code == 200
        return [trozo async for trozo in respuesta.streaming_content]

    trozos = asyncio.run(bajar())
    assert len(trozos) > 2
    assert len(leer(trozos)) == 2501


def test_dejarla_a_medias_no_estropea_la_conexion(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    sembrar(reloj, cuenta, 5000)
    trozos = trozos_csv(Filtro(cuenta=cuenta))
    assert next(trozos) and next(trozos)
    trozos.close()
    assert Operacion.objects.filter(cuenta=cuenta).count() == 5000
    assert len(leer(trozos_csv(Filtro(cuenta=cuenta)))) == 5001


def test_la_memoria_no_crece_con_las_filas(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()

    def pico() -> int:
        tracemalloc.start()
        for _ in trozos_csv(Filtro(cuenta=cuenta)):
            pass
        _, maximo = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return maximo

    sembrar(reloj, cuenta, 2000)
    for _ in trozos_csv(Filtro(cuenta=cuenta)):
        pass
    antes = pico()
    Operacion.objects.filter(cuenta=cuenta).delete()
    sembrar(reloj, cuenta, 8000)
    assert pico() < antes * 1.5 + 1_000_000
