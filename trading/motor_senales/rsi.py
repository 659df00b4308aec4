"""RSI: contra los excesos."""

from typing import ClassVar

import msgspec

from dominio.errores import ErrorConfiguracion
from indicadores.incremental import Rsi as RsiIncremental
from trading.motor_senales.base import aplastar


class ParametrosRsi(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Periodo en datos y umbrales del RSI, de 0 a 100."""

    periodo: int = 14
    sobreventa: float = 30.0
    sobrecompra: float = 70.0

    def __post_init__(self) -> None:
        if self.periodo < 2 or not 0.0 < self.sobreventa < 50.0 < self.sobrecompra < 100.0:
            raise ErrorConfiguracion("SEN-02", "rsi: hace falta periodo ≥ 2 y 0 < sobreventa < 50 < sobrecompra < 100.")


class Rsi:
    """Opina contra el exceso: sobreventa, sube; sobrecompra, baja."""

    __slots__ = ("_arriba", "_bajo", "_parametros", "_rsi")
    codigo: ClassVar[str] = "rsi"
    descripcion: ClassVar[str] = "RSI lejos de 50: espera el regreso desde la sobrecompra o la sobreventa."

    def __init__(self, parametros: ParametrosRsi) -> None:
        self._parametros = parametros
        self._rsi = RsiIncremental(parametros.periodo)
        self._bajo = 50.0 - parametros.sobreventa
        self._arriba = parametros.sobrecompra - 50.0

    @property
    def datos_necesarios(self) -> int:
        return self._parametros.periodo + 1

    def actualizar(self, precio: float, ruido: float) -> float | None:
        valor = self._rsi.actualizar(precio)
        if valor is None:
            return None
        if ruido <= 0.0:  # sin movimiento el RSI vale 0 por convenio, y eso no es sobreventa
            return 0.0
        distancia = 50.0 - valor
        return aplastar(distancia / (self._bajo if distancia > 0.0 else self._arriba))
