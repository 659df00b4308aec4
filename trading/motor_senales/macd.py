"""MACD: a favor de la aceleración de la tendencia."""

from typing import ClassVar

import msgspec

from dominio.errores import ErrorConfiguracion
from indicadores.incremental import Macd as MacdIncremental
from trading.motor_senales.base import SIGMA_POR_CAMBIO_MEDIO, aplastar, sigma_diferencia_ema


class ParametrosMacd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Periodos del MACD, en datos."""

    rapida: int = 12
    lenta: int = 26
    senal: int = 9

    def __post_init__(self) -> None:
        if not 2 <= self.rapida < self.lenta or self.senal < 2:
            raise ErrorConfiguracion("SEN-02", "macd: hace falta 2 ≤ rapida < lenta y senal ≥ 2.")


class Macd:
    """Opina por el histograma: sobre su línea de señal, sube; debajo, baja."""

    __slots__ = ("_macd", "_parametros", "_sigma")
    codigo: ClassVar[str] = "macd"
    descripcion: ClassVar[str] = "Histograma del MACD: a favor de la tendencia que se acelera."

    def __init__(self, parametros: ParametrosMacd) -> None:
        self._parametros = parametros
        self._macd = MacdIncremental(parametros.rapida, parametros.lenta, parametros.senal)
        sigma = sigma_diferencia_ema(parametros.rapida, parametros.lenta, parametros.senal)
        self._sigma = sigma * SIGMA_POR_CAMBIO_MEDIO

    @property
    def datos_necesarios(self) -> int:
        return self._parametros.lenta + self._parametros.senal - 1

    def actualizar(self, precio: float, ruido: float) -> float | None:
        histograma = self._macd.actualizar(precio)
        if histograma is None:
            return None
        return aplastar(histograma / (self._sigma * ruido)) if ruido > 0.0 else 0.0
