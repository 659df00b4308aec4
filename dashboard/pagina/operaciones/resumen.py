"""El resumen de lo filtrado: cuántas, cuántas ganadas, acierto con su intervalo y beneficio por moneda."""

from decimal import Decimal

import msgspec
from django.db.models import Count, QuerySet, Sum

from dominio.dinero import decimales_de, redondear
from historial.models import Operacion
from historial.selectors.operaciones import wilson


class Resumen(msgspec.Struct, frozen=True):
    """Las cuentas de lo filtrado. Acierto e intervalo en tanto por ciento; None sin ninguna decidida."""

    total: int
    ganadas: int
    perdidas: int
    nulas: int
    abiertas: int
    acierto_pct: float | None
    bajo_pct: float | None
    alto_pct: float | None
    beneficio: list[tuple[Decimal, str]]

    @property
    def decididas(self) -> int:
        """Devuelve las ganadas más las perdidas."""
        return self.ganadas + self.perdidas


def resumen(filas: "QuerySet[Operacion]") -> Resumen:
    """Devuelve el resumen en una sola pasada por la base."""
    grupos = filas.order_by().values_list("resultado", "moneda").annotate(cuantas=Count("pk"), suma=Sum("beneficio"))
    cuentas: dict[str | None, int] = {}
    sumas: dict[str, Decimal] = {}
    for resultado, moneda, cuantas, suma in grupos:
        cuentas[resultado] = cuentas.get(resultado, 0) + cuantas
        sumas[moneda] = sumas.get(moneda, Decimal(0)) + (suma or Decimal(0))
    ganadas, perdidas = cuentas.get("ganada", 0), cuentas.get("perdida", 0)
    decididas = ganadas + perdidas
    bajo, alto = wilson(ganadas, decididas)
    return Resumen(
        total=sum(cuentas.values()),
        ganadas=ganadas,
        perdidas=perdidas,
        nulas=cuentas.get("nula", 0),
        abiertas=cuentas.get(None, 0),
        acierto_pct=100 * ganadas / decididas if decididas else None,
        bajo_pct=100 * bajo if decididas else None,
        alto_pct=100 * alto if decididas else None,
        # SQLite suma con coma flotante: el error queda muy por debajo del céntimo y se redondea a su moneda.
        beneficio=[(redondear(suma, decimales_de(moneda)), moneda) for moneda, suma in sorted(sumas.items())],
    )
