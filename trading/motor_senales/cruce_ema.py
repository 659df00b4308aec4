"""Cruce de medias exponenciales: a favor de la tendencia."""

from typing import ClassVar

import msgspec

from dominio.errores import ErrorConfiguracion
from indicadores.incremental import Ema
from trading.motor_senales.base import SIGMA_POR_CAMBIO_MEDIO, aplastar, sigma_diferencia_ema


class ParametrosCruceEma(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Periodos de las dos medias, en datos (ticks o velas)."""

    rapida: int = 9
    lenta: int = 21

    def __post_init__(self) -> None:
        if not 2 <= self.rapida < self.lenta:
            raise ErrorConfiguracion(
                "SEN-02", f"cruce_ema: hace falta 2 ≤ rapida < lenta y llegó {self.rapida} y {self.lenta}."
            )


class CruceEma:
    """Opina a favor de la media rápida: arriba de la lenta, sube; debajo, baja."""

    __slots__ = ("_lenta", "_parametros", "_rapida", "_sigma")
    codigo: ClassVar[str] = "cruce_ema"
    descripcion: ClassVar[str] = "Media exponencial rápida sobre la lenta: a favor de la tendencia."

    def __init__(self, parametros: ParametrosCruceEma) -> None:
        self._parametros = parametros
        self._rapida = Ema(parametros.rapida)
        self._lenta = Ema(parametros.lenta)
        self._sigma = sigma_diferencia_ema(parametros.rapida, parametros.lenta) * SIGMA_POR_CAMBIO_MEDIO

    @property
    def datos_necesarios(self) -> int:
        return self._parametros.lenta

    def actualizar(self, precio: float, ruido: float) -> float | None:
        rapida = self._rapida.actualizar(precio)
        lenta = self._lenta.actualizar(precio)
        if rapida is None or lenta is None:
            return None
        return aplastar((rapida - lenta) / (self._sigma * ruido)) if ruido > 0.0 else 0.0
