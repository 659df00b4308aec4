"""Lo que se lee del historial. Nada de aquí escribe."""

from historial.selectors.acumulados import cuartos, estadisticas_al_dia, sumar, totales
from historial.selectors.configuracion import configuracion, historia_de, toda_la_configuracion
from historial.selectors.eventos import Cursor, EventoLeido, eventos_desde, ultimo_cursor
from historial.selectors.extracto import hora_del_ultimo_movimiento, movimiento_anotado
from historial.selectors.frenos import freno_vigente, frenos
from historial.selectors.operaciones import (
    Estadisticas,
    Filtro,
    estadisticas,
    filtradas,
    operaciones_abiertas,
    operaciones_recientes,
    wilson,
)
from historial.selectors.ordenes import conocida, en_duda, riesgo_reservado, vivas

__all__ = [
    "Cursor",
    "Estadisticas",
    "EventoLeido",
    "Filtro",
    "configuracion",
    "conocida",
    "cuartos",
    "en_duda",
    "estadisticas",
    "estadisticas_al_dia",
    "eventos_desde",
    "filtradas",
    "freno_vigente",
    "frenos",
    "historia_de",
    "hora_del_ultimo_movimiento",
    "movimiento_anotado",
    "operaciones_abiertas",
    "operaciones_recientes",
    "riesgo_reservado",
    "sumar",
    "toda_la_configuracion",
    "totales",
    "ultimo_cursor",
    "vivas",
    "wilson",
]
