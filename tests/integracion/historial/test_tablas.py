"""Las tablas de la especificación 002 §13.2, con sus nombres, y lo que la base no deja guardar."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from dominio.errores import ErrorPermanente
from dominio.reloj import RelojManual
from historial.models import ConsultaIA, MetricaDiaria, Operacion, Orden
from historial.services.escritura import insertar
from historial.services.traduccion import campos_de
from tests.integracion.historial.fabrica import intencion

pytestmark = pytest.mark.django_db

COLUMNAS = {
    "operaciones": "id magic_number bot_id ia_id tipo_orden activo direccion precio_sugerido precio_entrada_real "
    "stop_loss take_profit lote riesgo_porcentaje estado profit_loss fecha_apertura fecha_cierre conversation_id "
    "created_at updated_at",
    "consultas_ia": "id operacion_id bot_id ia_id activo tipo_consulta prompt respuesta tokens_input tokens_output "
    "tokens_total costo_usd accion_decidida created_at",
    "metricas_diarias": "id bot_id fecha total_operaciones operaciones_ganadoras operaciones_perdedoras "
    "profit_loss_total profit_loss_market profit_loss_limit total_consultas tokens_totales costo_ia_total winrate "
    "profit_factor created_at",
    "configuracion": "id clave valor descripcion updated_at",
}
INDICES = {
    "operaciones": {"idx_magic_activo": ["magic_number", "activo"], "idx_estado": ["estado"]},
    "consultas_ia": {"idx_operacion": ["operacion_id"], "idx_bot_ia": ["bot_id", "ia_id"]},
}


@pytest.mark.parametrize("tabla", COLUMNAS)
def test_la_tabla_tiene_las_columnas_de_la_especificacion(tabla: str) -> None:
    with connection.cursor() as cursor:
        columnas = {columna.name for columna in connection.introspection.get_table_description(cursor, tabla)}
    assert columnas >= set(COLUMNAS[tabla].split())


@pytest.mark.parametrize("tabla", INDICES)
def test_la_tabla_tiene_los_indices_de_la_especificacion(tabla: str) -> None:
    with connection.cursor() as cursor:
        reales = connection.introspection.get_constraints(cursor, tabla)
    assert {nombre: reales[nombre]["columns"] for nombre in INDICES[tabla]} == INDICES[tabla]


def operacion_mt5(reloj: RelojManual, **cambios: Any) -> Operacion:
    datos: dict[str, Any] = {
        "magic_number": 110201,
        "bot_id": 1,
        "ia_id": 2,
        "tipo_orden": "market",
        "activo": "EURUSD",
        "direccion": "BUY",
        "precio_sugerido": Decimal("1.0834"),
        "stop_loss": Decimal("1.08"),
        "take_profit": Decimal("1.09"),
        "lote": Decimal("0.4"),
        "riesgo_porcentaje": Decimal(2),
        "estado": "abierta",
        "hora_inicio": reloj.ahora(),
        "bot": "bot_1",
        "sede": "mt5",
        "cuenta": "DEMO",
        "entorno": "simulado",
        "monto": Decimal("0.4"),
        "moneda": "USD",
    }
    return Operacion(**datos | cambios)


def no_entra(fila: Any) -> None:
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        fila.save(force_insert=True)


def test_una_operacion_de_mt5_completa_entra_con_sus_horas(reloj: RelojManual) -> None:
    operacion = operacion_mt5(reloj)
    operacion.save()
    operacion.refresh_from_db()
    assert operacion.created_at is not None
    assert operacion.updated_at is not None


@pytest.mark.parametrize(
    "falta",
    [
        "magic_number",
        "bot_id",
        "ia_id",
        "precio_sugerido",
        "stop_loss",
        "take_profit",
        "lote",
        "riesgo_porcentaje",
    ],
)
def test_a_una_operacion_de_mt5_no_le_falta_nada_y_a_una_de_deriv_si(reloj: RelojManual, falta: str) -> None:
    no_entra(operacion_mt5(reloj, **{falta: None}))
    operacion_mt5(reloj, **{falta: None}, sede="deriv", tipo_orden="contrato", direccion="CALL").save()


@pytest.mark.parametrize(
    "cambios",
    [
        {"direccion": "CALL"},
        {"direccion": "ARRIBA"},
        {"tipo_orden": "contrato"},
        {"estado": "rara"},
        {"sede": "otra"},
        {"entorno": "otro"},
        {"resultado": "tablas"},
        {"estado": "cerrada"},
        {"estado": "cerrada", "resultado": "ganada", "beneficio": Decimal(1)},
    ],
)
def test_la_base_no_guarda_una_operacion_imposible(reloj: RelojManual, cambios: dict[str, Any]) -> None:
    no_entra(operacion_mt5(reloj, **cambios))


def test_dos_operaciones_no_tienen_el_mismo_contrato(reloj: RelojManual) -> None:
    operacion_mt5(reloj, numero_contrato="1").save()
    no_entra(operacion_mt5(reloj, numero_contrato="1"))
    operacion_mt5(reloj, numero_contrato="1", cuenta="OTRA").save()
    operacion_mt5(reloj).save()
    operacion_mt5(reloj).save()  # sin contrato (ficticias, pendientes) no chocan


@pytest.mark.parametrize("cambios", [{"estado": "RARO"}, {"monto": Decimal(0)}, {"riesgo": Decimal(-1)}, {"tipo": "x"}])
def test_la_base_no_guarda_una_orden_imposible(reloj: RelojManual, cambios: dict[str, Any]) -> None:
    campos = campos_de(intencion(reloj, "C"), "APROBADA", reloj.ahora())  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), transaction.atomic():
        insertar(Orden, **campos | cambios)
    insertar(Orden, **campos)


def test_las_consultas_de_ia_y_las_metricas_cumplen_sus_unicidades(reloj: RelojManual) -> None:
    hoy = reloj.ahora().date()
    MetricaDiaria.objects.create(bot_id=1, fecha=hoy)
    no_entra(MetricaDiaria(bot_id=1, fecha=hoy))
    no_entra(MetricaDiaria(fecha=hoy))  # ni número ni nombre
    no_entra(MetricaDiaria(bot="bot_1", sede="mt5", fecha=hoy))
    MetricaDiaria.objects.create(bot="deriv_dinamico", fecha=hoy)
    no_entra(MetricaDiaria(bot="deriv_dinamico", fecha=hoy))
    consulta = ConsultaIA.objects.create(
        bot_id=1, ia_id=1, activo="EURUSD", tipo_consulta="evaluacion", prompt="p", respuesta="r", tokens_input=1,
        tokens_output=2, tokens_total=3, costo_usd=Decimal("0.00012345"), accion_decidida="NO_OPERAR",
    )  # fmt: skip
    consulta.refresh_from_db()
    assert consulta.costo_usd == Decimal("0.00012345")
    assert consulta.operacion is None


@pytest.mark.parametrize("importe", ["0.01", "-9999999.99", "1234567.12345678", "123456789012345", "0.1"])
def test_el_dinero_va_y_vuelve_exacto(reloj: RelojManual, importe: str) -> None:
    campos = {"resultado": "ganada", "estado": "cerrada", "hora_fin": reloj.ahora()}
    if len(importe.replace(".", "")) > 12 and "." not in importe:
        importe = importe[:12]  # max_digits deja 12 cifras enteras
    guardada = operacion_mt5(reloj, beneficio=Decimal(importe), **campos)
    guardada.save()
    guardada.refresh_from_db()
    assert guardada.beneficio == Decimal(importe)


@pytest.mark.parametrize("importe", ["0.123456789", "12345678.12345678", "1.00000000000000000000000000001"])
def test_el_dinero_que_perderia_cifras_se_rechaza(reloj: RelojManual, importe: str) -> None:
    with pytest.raises(ErrorPermanente, match="DIN-02"):
        operacion_mt5(reloj, beneficio=Decimal(importe)).save()
    with pytest.raises(ErrorPermanente, match="DIN-02"):
        insertar(Orden, **campos_de(intencion(reloj, "C", monto=Decimal(importe)), "APROBADA", reloj.ahora()))  # type: ignore[arg-type]


def test_insertar_con_un_campo_que_no_existe_es_un_error() -> None:
    with pytest.raises(TypeError, match="no tiene: inventado"):
        insertar(Orden, inventado=1)
