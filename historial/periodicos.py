"""Los trabajos periódicos del historial."""

from historial.periodico import Periodico

METRICAS = Periodico(
    nombre="metricas", funcion="historial.services.periodicos:metricas", cola="informes",
    cada_s=60.0, ranura_s=300, vence_s=180.0,
)  # fmt: skip
AUDITORIA = Periodico(
    nombre="auditoria", funcion="historial.services.periodicos:auditoria", cola="informes",
    cada_s=600.0, ranura_s=6 * 3600, vence_s=3600.0,
)  # fmt: skip
RETENCION = Periodico(
    nombre="retencion", funcion="historial.services.periodicos:retencion", cola="informes",
    cada_s=900.0, ranura_s=86_400, vence_s=3600.0,
)  # fmt: skip
