"""Lecturas de operaciones: recientes, abiertas y estadísticas CALL/PUT con su intervalo."""

from datetime import datetime
from decimal import Decimal
from math import sqrt
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Count, QuerySet, Sum

from dominio.posiciones import Resultado
from historial.models import Operacion

_Z_95 = 1.959963984540054
_CAMPOS = ("bot", "sede", "cuenta", "activo", "direccion", "resultado", "estado", "origen", "ficticia")


class Filtro(msgspec.Struct, frozen=True, kw_only=True):
    """Qué operaciones: None es «cualquiera». ``desde`` se incluye y ``hasta`` no; miran la hora de inicio."""

    bot: str | None = None
    sede: str | None = None
    cuenta: str | None = None
    activo: str | None = None
    direccion: str | None = None
    resultado: str | None = None
    estado: str | None = None
    origen: str | None = None
    desde: datetime | None = None
    hasta: datetime | None = None
    ficticia: bool | None = None


class Estadisticas(msgspec.Struct, frozen=True, kw_only=True):
    """Ganadas y perdidas por dirección. El acierto y su intervalo de Wilson al 95 %, en tanto por ciento.

    Las nulas no son ganadas ni perdidas. Sin ninguna decidida, acierto e intervalo son None.
    """

    ganadas_call: int
    ganadas_put: int
    perdidas_call: int
    perdidas_put: int
    nulas: int
    acierto_pct: float | None
    acierto_bajo_pct: float | None
    acierto_alto_pct: float | None
    beneficio_total: Decimal

    @property
    def ganadas(self) -> int:
        """Devuelve las ganadas de ambas direcciones."""
        return self.ganadas_call + self.ganadas_put

    @property
    def perdidas(self) -> int:
        """Devuelve las perdidas de ambas direcciones."""
        return self.perdidas_call + self.perdidas_put


def wilson(aciertos: int, total: int, z: float = _Z_95) -> tuple[float, float]:
    """Devuelve el intervalo de Wilson de una proporción, en [0, 1]; (0, 1) sin datos.

    Wilson (1927), «Probable inference, the law of succession, and statistical inference».
    """
    if total <= 0:
        return 0.0, 1.0
    p, z2 = aciertos / total, z * z
    centro = (p + z2 / (2 * total)) / (1 + z2 / total)
    radio = z * sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return max(0.0, centro - radio), min(1.0, centro + radio)


def filtradas(filtro: Filtro) -> "QuerySet[Operacion]":
    """Devuelve la consulta de las operaciones que cumplen el filtro, sin orden."""
    condiciones: dict[str, Any] = {
        campo: getattr(filtro, campo) for campo in _CAMPOS if getattr(filtro, campo) is not None
    }
    if filtro.desde is not None:
        condiciones["hora_inicio__gte"] = filtro.desde
    if filtro.hasta is not None:
        condiciones["hora_inicio__lt"] = filtro.hasta
    return Operacion.objects.filter(**condiciones)


def operaciones_recientes(filtro: Filtro, cuantas: int = 20) -> list[Operacion]:
    """Devuelve las últimas operaciones que cumplen el filtro, la más nueva primero."""
    return list(filtradas(filtro).order_by("-hora_inicio", "-pk")[:cuantas])


def operaciones_abiertas(sede: str, cuenta: str) -> list[Operacion]:
    """Devuelve las operaciones reales sin cerrar de una cuenta, la más antigua primero."""
    return list(Operacion.objects.filter(sede=sede, cuenta=cuenta, estado__in=("abierta", "pendiente")).order_by("pk"))


def estadisticas(filtro: Filtro) -> Estadisticas:
    """Devuelve las cuentas de las operaciones cerradas que cumplen el filtro."""
    cerradas = filtradas(filtro).filter(estado="cerrada")
    grupos = cerradas.order_by().values_list("resultado", "direccion").annotate(cuantas=Count("pk"))
    exacta = connection.vendor == "postgresql"
    if exacta:
        grupos = grupos.annotate(suma=Sum("beneficio"))
    cuentas: dict[tuple[str, bool], int] = {}
    beneficio = Decimal(0)
    for resultado, direccion, cuantas, *suma in grupos:
        beneficio += suma[0] if suma else 0
        clave = (resultado, direccion in ("CALL", "BUY"))
        cuentas[clave] = cuentas.get(clave, 0) + cuantas
    ganadas = cuentas.get((Resultado.GANADA, True), 0), cuentas.get((Resultado.GANADA, False), 0)
    perdidas = cuentas.get((Resultado.PERDIDA, True), 0), cuentas.get((Resultado.PERDIDA, False), 0)
    decididas = sum(ganadas) + sum(perdidas)
    bajo, alto = wilson(sum(ganadas), decididas)
    return Estadisticas(
        ganadas_call=ganadas[0],
        ganadas_put=ganadas[1],
        perdidas_call=perdidas[0],
        perdidas_put=perdidas[1],
        nulas=sum(n for (resultado, _), n in cuentas.items() if resultado == Resultado.NULA),
        acierto_pct=100.0 * sum(ganadas) / decididas if decididas else None,
        acierto_bajo_pct=100.0 * bajo if decididas else None,
        acierto_alto_pct=100.0 * alto if decididas else None,
        beneficio_total=beneficio if exacta else _suma_exacta(cerradas),
    )


def _suma_exacta(cerradas: "QuerySet[Operacion]") -> Decimal:
    """Suma aquí y no en la base: SQLite sumaría números con coma y los céntimos dejarían de cuadrar."""
    return sum(cerradas.values_list("beneficio", flat=True).iterator(chunk_size=2000), Decimal(0))
