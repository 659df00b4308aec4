"""Las cuentas que se llevan al día dicen siempre lo mismo que contar las operaciones de una en una."""

import importlib
import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from dominio.reloj import RelojManual
from historial.models import AcumuladoCuarto, AcumuladoTotal, Operacion
from historial.services import cerrar_operacion
from historial.services.acumulados import acumular, cuarto_de
from tests.integracion.historial.fabrica import aceptada, correr, cuenta_nueva, diario_de, intencion, liquidacion
from tests.integracion.historial.fabrica import con_mando as mando

CLAVE = ("bot", "sede", "cuenta", "entorno", "origen")
COLUMNAS = ("ganadas", "perdidas", "nulas", "beneficio")
RESULTADOS = ("ganada", "perdida", "nula")
Cuentas = dict[tuple[Any, ...], list[Any]]


def inventada(azar: random.Random, numero: int, cuenta: str) -> Operacion:
    """Devuelve una operación cerrada cualquiera, con importes que la coma flotante no sabe sumar."""
    resultado = azar.choice(RESULTADOS)
    beneficio = {"ganada": Decimal(azar.randint(1, 10**6)), "perdida": -Decimal(azar.randint(1, 10**6)), "nula": 0}
    hora = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=azar.randint(0, 4 * 3600))
    origen = azar.choice(("orden", "pausa"))
    return Operacion(
        bot="deriv_dinamico", sede="deriv", cuenta=cuenta, entorno="simulado", origen=origen,
        ficticia=origen == "pausa", activo=azar.choice(("R_10", "R_50")), direccion=azar.choice(("CALL", "PUT")),
        tipo_orden="contrato", estado="cerrada", monto=Decimal(1), moneda="USD", resultado=resultado,
        beneficio=beneficio[resultado] / Decimal(100), numero_contrato=f"{cuenta}-{numero}", hora_inicio=hora,
        hora_fin=hora + timedelta(seconds=10),
    )  # fmt: skip


def llevadas(cuenta: str) -> tuple[Cuentas, Cuentas]:
    """Devuelve lo que dicen las dos tablas de una cuenta."""
    totales = AcumuladoTotal.objects.filter(cuenta=cuenta).values_list(*CLAVE, "activo", "direccion", *COLUMNAS)
    cuartos = AcumuladoCuarto.objects.filter(cuenta=cuenta).values_list(*CLAVE, "cuarto", *COLUMNAS)
    return {fila[:7]: list(fila[7:]) for fila in totales}, {fila[:6]: list(fila[6:]) for fila in cuartos}


def contadas(cuenta: str) -> tuple[Cuentas, Cuentas]:
    """Devuelve lo mismo contando las operaciones de una en una."""
    totales: Cuentas = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    cuartos: Cuentas = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    for una in Operacion.objects.filter(cuenta=cuenta, estado="cerrada"):
        clave = tuple(getattr(una, campo) for campo in CLAVE)
        inicio = una.hora_inicio.replace(minute=una.hora_inicio.minute // 15 * 15, second=0, microsecond=0)
        for fila in (totales[(*clave, una.activo, una.direccion)], cuartos[(*clave, inicio)]):
            fila[RESULTADOS.index(una.resultado)] += 1
            fila[3] += una.beneficio
    return dict(totales), dict(cuartos)


@pytest.mark.django_db
@pytest.mark.parametrize("semilla", range(3))
def test_tras_muchas_operaciones_es_el_recuento_directo_al_centimo(semilla: int) -> None:
    azar, cuenta = random.Random(semilla), cuenta_nueva()
    for numero in range(250):
        operacion = inventada(azar, numero, cuenta)
        operacion.save()
        acumular(operacion)
    assert llevadas(cuenta) == contadas(cuenta)
    with connection.cursor() as cursor:  # lo guardado, sin lo que Django redondea al leer: no se arrastra ningún error
        cursor.execute("SELECT beneficio FROM acumulado_cuarto WHERE cuenta = %s", [cuenta])
        guardados = [fila[0] for fila in cursor.fetchall()]
    exactos = [fila[3] for fila in contadas(cuenta)[1].values()]
    assert sorted(map(float, guardados)) == sorted(map(float, exactos))


@pytest.mark.django_db
def test_una_liquidacion_repetida_no_cuenta_dos_veces(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    ficha = mando(reloj, cuenta).ficha
    diario = diario_de(reloj)
    orden = intencion(reloj, cuenta)
    correr(diario.registrar_intencion(orden))
    correr(diario.marcar_enviando(orden.id_cliente, ficha))
    respuesta = aceptada(reloj, "777001")
    correr(diario.registrar_resultado(orden.id_cliente, respuesta))
    for _ in range(3):
        cerrar_operacion("deriv", cuenta, liquidacion(reloj, "777001"), ahora=reloj.ahora())
    (fila,) = AcumuladoTotal.objects.filter(cuenta=cuenta)
    assert (fila.ganadas, fila.perdidas, fila.nulas, fila.beneficio) == (1, 0, 0, Decimal("9.53"))
    assert llevadas(cuenta) == contadas(cuenta)


@pytest.mark.django_db(transaction=True)
def test_si_el_cierre_se_deshace_la_cuenta_tambien() -> None:
    cuenta = cuenta_nueva()
    operacion = inventada(random.Random(1), 1, cuenta)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        operacion.save()
        acumular(operacion)
        _ = 1 / 0
    assert llevadas(cuenta) == ({}, {})


@pytest.mark.django_db(transaction=True)
def test_varios_hilos_a_la_vez_no_pierden_ninguna() -> None:
    cuenta, hilos, cada_uno = cuenta_nueva(), 4, 30
    salida = threading.Barrier(hilos)

    def cerrar(hilo: int) -> None:
        azar = random.Random(100 + hilo)
        salida.wait(20)
        try:
            for numero in range(cada_uno):
                operacion = inventada(azar, hilo * 1000 + numero, cuenta)
                with transaction.atomic():
                    operacion.save()
                    acumular(operacion)
        finally:
            connection.close()

    with ThreadPoolExecutor(hilos) as grupo:
        list(grupo.map(cerrar, range(hilos)))
    totales, cuartos = llevadas(cuenta)
    assert sum(sum(fila[:3]) for fila in totales.values()) == hilos * cada_uno
    assert (totales, cuartos) == contadas(cuenta)


@pytest.mark.django_db
def test_la_migracion_rellena_lo_que_ya_habia_y_repetirla_no_cambia_nada() -> None:
    azar, cuenta = random.Random(9), cuenta_nueva()
    Operacion.objects.bulk_create(inventada(azar, numero, cuenta) for numero in range(300))
    migracion = importlib.import_module("historial.migrations.0005_acumulados")
    for _ in range(2):
        migracion.rellenar(apps, None)
        assert llevadas(cuenta) == contadas(cuenta)


@pytest.mark.rapido
def test_el_cuarto_empieza_en_punto_y_cada_quince_minutos() -> None:
    assert cuarto_de(datetime(2026, 3, 1, 10, 14, 59, 999999, tzinfo=UTC)) == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert cuarto_de(datetime(2026, 3, 1, 10, 15, tzinfo=UTC)) == datetime(2026, 3, 1, 10, 15, tzinfo=UTC)
