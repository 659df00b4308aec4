"""Los trabajos periódicos de los avisos."""

from historial.periodico import Periodico

AVISOS = Periodico(
    nombre="avisos", funcion="notificaciones.services.periodicos:avisos", cola="avisos",
    cada_s=2.0, ranura_s=2, vence_s=180.0,
)  # fmt: skip
PULSO = Periodico(
    nombre="pulso", funcion="notificaciones.services.pulso:pulso", cola="avisos",
    cada_s=10.0, ranura_s=15, vence_s=180.0,
)  # fmt: skip
RESUMEN = Periodico(
    nombre="resumen", funcion="notificaciones.services.periodicos:resumen", cola="informes",
    cada_s=300.0, ranura_s=3600, vence_s=600.0,
)  # fmt: skip
