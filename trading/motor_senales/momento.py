"""Momento: a favor del último recorrido."""

import math
from typing import ClassVar

import msgspec

from dominio.errores import ErrorConfiguracion
from indicadores.incremental import Momento as MomentoIncremental
from trading.motor_senales.base import SIGMA_POR_CAMBIO_MEDIO, aplastar


class ParametrosMomento(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cuántos datos atrás se compara."""

    periodo: int = 10

    def __post_init__(self) -> None:
        if self.periodo < 1:
            raise ErrorConfiguracion("SEN-02", "momento: hace falta periodo ≥ 1.")


class Momento:
    """Opina a favor del recorrido de los últimos pasos, en desviaciones típicas de un paseo al azar."""

    __slots__ = ("_momento", "_parametros", "_sigma")
    codigo: ClassVar[str] = "momento"
    descripcion: ClassVar[str] = "Recorrido de los últimos pasos: a favor del impulso."

    def __init__(self, parametros: ParametrosMomento) -> None:
        self._parametros = parametros
        self._momento = MomentoIncremental(parametros.periodo)
        self._sigma = math.sqrt(parametros.periodo) * SIGMA_POR_CAMBIO_MEDIO

    @property
    def datos_necesarios(self) -> int:
        return self._parametros.periodo + 1

    def actualizar(self, precio: float, ruido: float) -> float | None:
        cambio = self._momento.actualizar(precio)
        if cambio is None:
            return None
        return aplastar(cambio / (self._sigma * ruido)) if ruido > 0.0 else 0.0
