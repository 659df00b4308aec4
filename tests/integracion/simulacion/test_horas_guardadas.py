"""De las filas guardadas a la tabla: qué entradas son de una pausa, cuál es su análisis y el mapa de la semana."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.models import Pausa
from dominio.posiciones import Resultado
from historial.models import Operacion
from historial.services.acumulados import acumular
from simulacion import selectors
from simulacion.horarios import AZAR, SIN_DATOS, SUPERA, Entrada, analizar

pytestmark = pytest.mark.django_db

BOGOTA = ZoneInfo("America/Bogota")
PAUSADO = datetime(2026, 3, 1, 12, tzinfo=UTC)  # las 7 en Bogotá
CLAVE = {"bot": "deriv_dinamico", "sede": "deriv", "cuenta": "DOT90000001"}


def entrada(i: int, inicio: datetime, resultado: str | None = "ganada", **cambios: Any) -> Operacion:
    valores: dict[str, Any] = {
        **CLAVE,
        "entorno": "simulado",
        "ficticia": True,
        "origen": "pausa",
        "activo": "R_50",
        "direccion": "CALL",
        "tipo_orden": "contrato",
        "estado": "cerrada" if resultado else "abierta",
        "resultado": resultado,
        "monto": Decimal("10.00"),
        "pago": Decimal("19.50"),
        "beneficio": Decimal("0.00") if resultado else None,
        "moneda": "USD",
        "numero_contrato": f"F-{i}",
        "hora_inicio": inicio,
        "hora_fin": inicio if resultado else None,
    }
    return Operacion.objects.create(**valores | cambios)


def pausa(**cambios: Any) -> Pausa:
    valores: dict[str, Any] = {
        **CLAVE,
        "tanda": 1,
        "pausado_en": PAUSADO,
        "motivo": "stop",
        "reanuda_en": PAUSADO + timedelta(hours=24),
    }
    return Pausa.objects.create(**valores | cambios)


def llenar(ganadas: int, perdidas: int, hora: int = 0, desde: int = 0) -> None:
    for i in range(ganadas + perdidas):
        inicio = PAUSADO + timedelta(hours=hora, seconds=i)
        entrada(desde + i, inicio, "ganada" if i < ganadas else "perdida")


def test_solo_cuentan_las_cerradas_de_esa_pausa_y_cuenta() -> None:
    entrada(1, PAUSADO)
    entrada(2, PAUSADO + timedelta(hours=1), "nula")
    entrada(3, PAUSADO - timedelta(microseconds=1))
    entrada(4, PAUSADO + timedelta(hours=2))
    entrada(5, PAUSADO, None)
    entrada(6, PAUSADO, origen="historia")
    entrada(7, PAUSADO, ficticia=False, origen="orden")
    entrada(8, PAUSADO, cuenta="DOT90000002")
    entrada(9, PAUSADO, bot="otro")
    entrada(10, PAUSADO, pago=None)
    leidas = list(
        selectors.entradas_cerradas(**CLAVE, origen="pausa", desde=PAUSADO, hasta=PAUSADO + timedelta(hours=2))
    )
    assert sorted(leidas, key=lambda una: una.inicio) == [
        Entrada(PAUSADO, Resultado.GANADA, pytest.approx(1 / 1.95)),
        Entrada(PAUSADO + timedelta(hours=1), Resultado.NULA, pytest.approx(1 / 1.95)),
    ]


def test_la_pausa_vigente_se_analiza_al_momento_y_es_provisional() -> None:
    llenar(30, 0)
    visto = selectors.horas_de_pausa(pausa(), BOGOTA, PAUSADO + timedelta(hours=3))
    assert visto["mejor"]["hora"] == 7
    assert (visto["veredicto"]["codigo"], visto["veredicto"]["provisional"]) == (SUPERA, True)
    assert visto["hasta"] == PAUSADO + timedelta(hours=3)
    al_acabar = selectors.horas_de_pausa(pausa(tanda=2, cuenta="DOT90000002"), BOGOTA, PAUSADO + timedelta(hours=25))
    assert (al_acabar["veredicto"]["codigo"], al_acabar["veredicto"]["provisional"]) == (SIN_DATOS, False)


def test_el_analisis_con_que_se_eligio_ya_no_cambia_y_uno_provisional_guardado_si() -> None:
    llenar(12, 12)
    guardado = analizar([], BOGOTA).como_dict()
    acabada = pausa(tabla_horas=guardado)
    assert selectors.horas_de_pausa(acabada, BOGOTA, PAUSADO + timedelta(days=3))["veredicto"]["codigo"] == SIN_DATOS
    a_medias = pausa(cuenta="DOT90000002", tabla_horas=analizar([], BOGOTA, provisional=True).como_dict())
    Operacion.objects.update(cuenta="DOT90000002")
    assert selectors.horas_de_pausa(a_medias, BOGOTA, PAUSADO + timedelta(hours=1))["veredicto"]["codigo"] == AZAR


def test_todo_junta_las_pausas_y_deja_aparte_la_historia() -> None:
    llenar(5, 15)
    for i in range(25):
        entrada(100 + i, PAUSADO - timedelta(days=9, seconds=-i), numero_contrato=f"H-{i}", origen="historia")
    pausas = selectors.horas_de_todo(**CLAVE, origen="pausa", zona=BOGOTA)
    historia = selectors.horas_de_todo(**CLAVE, origen="historia", zona=BOGOTA)
    assert (pausas["origen"], pausas["entradas"], pausas["mejor"]["aciertos"]) == ("pausa", 20, 5)
    assert (historia["origen"], historia["entradas"], historia["mejor"]["aciertos"]) == ("historia", 25, 25)
    assert pausas["desde"] == PAUSADO


def test_el_mapa_sale_de_las_cuentas_llevadas_al_dia() -> None:
    for i, momento in enumerate([PAUSADO, PAUSADO + timedelta(minutes=59), PAUSADO + timedelta(days=1)]):
        acumular(entrada(i, momento, "ganada" if i else "perdida"))
    acumular(entrada(9, PAUSADO, origen="historia"))
    mapa = selectors.mapa_de(**CLAVE, origen="pausa", zona=BOGOTA)
    domingo, lunes = mapa.celda(6, 7), mapa.celda(0, 7)
    assert (domingo.aciertos, domingo.entradas, lunes.aciertos, mapa.entradas) == (1, 2, 1, 3)


def test_las_cuentas_con_algo_van_de_la_mas_reciente_a_la_mas_vieja() -> None:
    pausa()
    pausa(bot="otro", pausado_en=PAUSADO + timedelta(days=1))
    acumular(entrada(1, PAUSADO + timedelta(days=2)))
    acumular(entrada(2, PAUSADO, origen="historia", cuenta="DOT90000003"))
    assert [clave[0] for clave in selectors.cuentas_de(None, "pausa")] == ["deriv_dinamico", "otro"]
    assert selectors.cuentas_de("otro", "pausa") == [("otro", "deriv", "DOT90000001")]
    assert selectors.cuentas_de(None, "historia") == [("deriv_dinamico", "deriv", "DOT90000003")]
