"""Lleva al día las cuentas por activo y por cuarto de hora con cada cierre, en su misma transacción.

Un millón de operaciones no se suma en cada lectura: se suma una vez cada una, cuando se cierra.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F

from dominio.posiciones import Resultado
from historial.models import AcumuladoCuarto, AcumuladoTotal, Operacion
from historial.services.escritura import insertar

CUARTO = timedelta(minutes=15)
_EPOCA = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNA = {Resultado.GANADA: "ganadas", Resultado.PERDIDA: "perdidas", Resultado.NULA: "nulas"}


def cuarto_de(momento: datetime) -> datetime:
    """Devuelve el comienzo, en UTC, del cuarto de hora de ese momento."""
    return _EPOCA + (momento - _EPOCA) // CUARTO * CUARTO


def acumular(operacion: Operacion) -> None:
    """Suma una operación recién cerrada a las cuentas de su activo y de su cuarto de hora.

    Se llama una sola vez por operación, en la transacción que la cierra (o que la guarda ya cerrada): si se deshace, la
    cuenta también. Sirve igual para las reales y las ficticias; ``origen`` y ``entorno`` las separan.
    """
    clave = {campo: getattr(operacion, campo) for campo in ("bot", "sede", "cuenta", "entorno", "origen")}
    columna = _COLUMNA[Resultado(str(operacion.resultado))]
    beneficio = Decimal(operacion.beneficio or 0)
    with transaction.atomic():  # siempre en este orden: total y luego cuarto, para que dos cierres no se crucen
        _sumar(
            AcumuladoTotal, clave | {"activo": operacion.activo, "direccion": operacion.direccion}, columna, beneficio
        )
        _sumar(AcumuladoCuarto, clave | {"cuarto": cuarto_de(operacion.hora_inicio)}, columna, beneficio)


def _sumar(modelo: type[models.Model], clave: dict[str, Any], columna: str, beneficio: Decimal) -> None:
    if insertar(modelo, si_no_existe=tuple(clave), **clave, **{columna: 1, "beneficio": beneficio}):
        return
    filas: Any = modelo._default_manager.filter(**clave)
    if connection.vendor == "postgresql":
        suma: Any = F("beneficio") + beneficio
    else:  # SQLite suma con coma y perdería céntimos; su transacción ya excluye a los demás: se lee y se escribe
        suma = filas.values_list("beneficio", flat=True).get() + beneficio
    filas.update(**{columna: F(columna) + 1, "beneficio": suma})
