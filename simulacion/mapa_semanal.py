"""El mapa hora × día de la semana en hora local, compuesto de cuartos de hora UTC. Puro y sin veredicto.

Toda zona de hoy se aparta de UTC un número entero de cuartos de hora: con cuentas por cuarto se compone cualquiera.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from dominio.posiciones import Resultado
from simulacion.estadistica_horas import cotas_wilson

if TYPE_CHECKING:
    from simulacion.horarios import Entrada

HORAS = 24
DIAS = 7
CUARTO_S = 900


class Cuarto(msgspec.Struct, frozen=True):
    """Las cuentas de un cuarto de hora UTC. Una fila de ``AcumuladoCuarto`` vale igual."""

    cuarto: datetime
    ganadas: int
    perdidas: int
    nulas: int


class _CuentasDeCuarto(Protocol):
    @property
    def cuarto(self) -> datetime: ...
    @property
    def ganadas(self) -> int: ...
    @property
    def perdidas(self) -> int: ...
    @property
    def nulas(self) -> int: ...


class Celda(msgspec.Struct, frozen=True, kw_only=True):
    """Una hora local de un día de la semana (0 = lunes). Tasas en tanto por ciento; None sin entradas."""

    dia: int
    hora: int
    aciertos: int
    entradas: int
    nulas: int
    tasa_pct: float | None
    cota_inferior_pct: float | None
    cota_superior_pct: float | None


class MapaSemanal(msgspec.Struct, frozen=True, kw_only=True):
    """Hora × día de la semana: 168 celdas, por día y hora. No lleva veredicto: 168 contrastes engañan."""

    zona: str
    entradas: int
    nulas: int
    celdas: tuple[Celda, ...]

    def celda(self, dia: int, hora: int) -> Celda:
        """Devuelve la celda de un día (0 = lunes) y una hora local."""
        return self.celdas[dia * HORAS + hora]

    def como_dict(self) -> dict[str, Any]:
        """Devuelve el mapa con números JSON."""
        convertido: dict[str, Any] = msgspec.to_builtins(self)
        return convertido


def cuartos_de(entradas: "Iterable[Entrada]") -> tuple[Cuarto, ...]:
    """Devuelve las cuentas por cuarto de hora UTC, ordenadas por hora."""
    cuentas: dict[int, dict[Resultado, int]] = {}
    for entrada in entradas:
        cuarto = int(entrada.inicio.timestamp()) // CUARTO_S
        cuenta = cuentas.setdefault(cuarto, dict.fromkeys(Resultado, 0))
        cuenta[entrada.resultado] += 1
    return tuple(
        Cuarto(
            datetime.fromtimestamp(cuarto * CUARTO_S, UTC),
            cuenta[Resultado.GANADA],
            cuenta[Resultado.PERDIDA],
            cuenta[Resultado.NULA],
        )
        for cuarto, cuenta in sorted(cuentas.items())
    )


def mapa_semanal(cuartos: Iterable[_CuentasDeCuarto], zona: ZoneInfo) -> MapaSemanal:
    """Devuelve el mapa hora × día de la semana en la zona. Valen cuartos de varios bots o cuentas a la vez."""
    aciertos, total, nulas = (np.zeros((DIAS, HORAS), dtype=np.int64) for _ in range(3))
    for fila in cuartos:
        local = fila.cuarto.astimezone(zona)
        lugar = local.weekday(), local.hour
        aciertos[lugar] += fila.ganadas
        total[lugar] += fila.ganadas + fila.perdidas
        nulas[lugar] += fila.nulas
    bajas, altas = cotas_wilson(aciertos, total)
    celdas = tuple(
        Celda(
            dia=dia,
            hora=hora,
            aciertos=int(aciertos[dia, hora]),
            entradas=(n := int(total[dia, hora])),
            nulas=int(nulas[dia, hora]),
            tasa_pct=100.0 * int(aciertos[dia, hora]) / n if n else None,
            cota_inferior_pct=100.0 * float(bajas[dia, hora]) if n else None,
            cota_superior_pct=100.0 * float(altas[dia, hora]) if n else None,
        )
        for dia in range(DIAS)
        for hora in range(HORAS)
    )
    return MapaSemanal(zona=zona.key, entradas=int(total.sum()), nulas=int(nulas.sum()), celdas=celdas)
