"""Bandas de Bollinger: contra la distancia a la media."""

from typing import ClassVar

import msgspec

from dominio.errores import ErrorConfiguracion
from indicadores.incremental import Bollinger as BollingerIncremental
from trading.motor_senales.base import aplastar


class ParametrosBollinger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Periodo en datos y ancho de las bandas en desviaciones típicas."""

    periodo: int = 20
    desviaciones: float = 2.0

    def __post_init__(self) -> None:
        if self.periodo < 2 or not self.desviaciones > 0.0:
            raise ErrorConfiguracion("SEN-02", "bollinger: hace falta periodo ≥ 2 y desviaciones > 0.")


class Bollinger:
    """Opina a favor de volver a la media: bajo la banda inferior, sube; sobre la superior, baja."""

    __slots__ = ("_bandas", "_parametros")
    codigo: ClassVar[str] = "bollinger"
    descripcion: ClassVar[str] = "Precio lejos de su media, medido en bandas de Bollinger: espera el regreso."

    def __init__(self, parametros: ParametrosBollinger) -> None:
        self._parametros = parametros
        self._bandas = BollingerIncremental(parametros.periodo)

    @property
    def datos_necesarios(self) -> int:
        return self._parametros.periodo

    def actualizar(self, precio: float, ruido: float) -> float | None:
        media = self._bandas.actualizar(precio)
        ancho = self._bandas.desviacion
        if media is None or ancho is None:
            return None
        return aplastar((media - precio) / (self._parametros.desviaciones * ancho)) if ancho > 0.0 else 0.0
