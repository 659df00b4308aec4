"""El horario de los trabajos de fondo: el mismo con Celery y sin él. Aquí no se carga ninguno ni se toca Django."""

from historial.horario import AUDITORIA, METRICAS, RETENCION
from historial.periodico import Periodico

COLAS = ("avisos", "informes")
HORARIO: tuple[Periodico, ...] = (METRICAS, AUDITORIA, RETENCION)
