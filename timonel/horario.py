"""El horario de los trabajos de fondo: el mismo con Celery y sin él. Aquí no se carga ninguno ni se toca Django."""

from historial.periodico import Periodico
from historial.periodicos import AUDITORIA, METRICAS, RETENCION
from notificaciones.periodicos import AVISOS, PULSO, RESUMEN
from simulacion.periodicos import HORAS

COLAS = ("avisos", "informes")
HORARIO: tuple[Periodico, ...] = (AVISOS, PULSO, METRICAS, HORAS, RESUMEN, AUDITORIA, RETENCION)
