"""El resumen de cada bot en cada día UTC (tabla ``metricas_diarias``), calculado de nuevo desde sus operaciones."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from dominio.posiciones import Resultado
from historial.models import MetricaDiaria, Operacion

DIAS_ATRAS = 1  # ayer también: una liquidación tardía de última hora entra en su día


def poner_metricas(ahora: datetime, dias_atras: int = DIAS_ATRAS) -> dict[str, Any]:
    """Recalcula hoy y los días anteriores pedidos, y devuelve cuántas filas escribió. Repetirlo da lo mismo.

    Cuentan las operaciones cerradas que salieron de una orden (también las de papel), en el día UTC de su cierre; las
    ficticias de la pausa no. ``winrate`` en tanto por ciento, sin las nulas; ``profit_factor``, ganado entre perdido.
    """
    hoy = ahora.astimezone(UTC).date()
    filas = sum(_un_dia(hoy - timedelta(days=dias)) for dias in range(dias_atras, -1, -1))
    return {"filas": filas, "desde": str(hoy - timedelta(days=dias_atras)), "hasta": str(hoy)}


def _un_dia(dia: date) -> int:
    inicio = datetime(dia.year, dia.month, dia.day, tzinfo=UTC)
    cerradas = Operacion.objects.filter(
        estado="cerrada", origen="orden", hora_fin__gte=inicio, hora_fin__lt=inicio + timedelta(days=1)
    )
    columnas = ("bot", "bot_id", "sede", "resultado", "beneficio", "tipo_orden")
    por_bot: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    # Se suma aquí: SQLite sumaría números con coma y los céntimos dejarían de cuadrar.
    for fila in cerradas.values_list(*columnas).iterator(chunk_size=2000):
        por_bot[fila[0]].append(fila)
    with transaction.atomic():
        for bot, filas in por_bot.items():
            clave = {"bot_id": filas[0][1]} if filas[0][1] is not None else {"bot_id": None, "bot": bot}
            MetricaDiaria.objects.update_or_create(
                **clave, fecha=dia, defaults={"bot": bot, "sede": filas[0][2], **_cuentas(filas)}
            )
    return len(por_bot)


def _cuentas(filas: list[tuple[Any, ...]]) -> dict[str, Any]:
    resultados = [fila[3] for fila in filas]
    ganadas, perdidas = resultados.count(Resultado.GANADA), resultados.count(Resultado.PERDIDA)
    importes: list[Decimal] = [fila[4] for fila in filas]
    ganado = sum((i for i in importes if i > 0), Decimal(0))
    perdido = -sum((i for i in importes if i < 0), Decimal(0))
    return {
        "total_operaciones": len(filas),
        "operaciones_ganadoras": ganadas,
        "operaciones_perdedoras": perdidas,
        "profit_loss_total": sum(importes, Decimal(0)),
        "profit_loss_market": sum((f[4] for f in filas if f[5] != "limit"), Decimal(0)),
        "profit_loss_limit": sum((f[4] for f in filas if f[5] == "limit"), Decimal(0)),
        "winrate": 100.0 * ganadas / (ganadas + perdidas) if ganadas + perdidas else None,
        "profit_factor": float(ganado / perdido) if perdido else None,
    }
