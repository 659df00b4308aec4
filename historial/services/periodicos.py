"""Los trabajos de fondo del historial: cada función hace su ranura una sola vez y dice qué hizo."""

import os
from typing import Any

from django.conf import settings

from dominio.reloj import Reloj
from historial import auditoria as cadena
from historial.periodicos import AUDITORIA, METRICAS, RETENCION
from historial.retencion import plazos_de
from historial.services.metricas import poner_metricas
from historial.services.registro import publicar_evento
from historial.services.retencion import retener
from historial.services.trabajos import hacer_una_vez

FICHERO_ANCLAS = "anclas.jsonl"  # el mismo que llenan los bots (bots/anclas.py)
FLUJO = "sistema"


def metricas(reloj: Reloj) -> dict[str, Any] | None:
    """Pone al día ``metricas_diarias``."""
    return hacer_una_vez(METRICAS, lambda: poner_metricas(reloj.ahora()), reloj=reloj)


def auditoria(reloj: Reloj) -> dict[str, Any] | None:
    """Comprueba la cadena de auditoría entera. Si está rota publica ``AUDITORIA_ROTA``."""
    return hacer_una_vez(AUDITORIA, lambda: _verificar(reloj), reloj=reloj)


def retencion(reloj: Reloj) -> dict[str, Any] | None:
    """Borra lo vencido según los plazos configurados.

    Raises:
        ErrorConfiguracion: TRA-01 si un plazo no vale; entonces no se borra nada.
    """
    plazos = plazos_de(os.environ)
    return hacer_una_vez(RETENCION, lambda: retener(plazos, ahora=reloj.ahora()), reloj=reloj)


def _verificar(reloj: Reloj) -> dict[str, Any]:
    resultado = cadena.verificar(settings.DATOS / FICHERO_ANCLAS)
    rotura = resultado.primera
    if rotura is None:
        return {"filas": resultado.filas, "flujos": resultado.flujos, "rota": None}
    datos = {"flujo": rotura.flujo, "seq": rotura.seq, "motivo": rotura.motivo, "fila": rotura.id}
    publicar_evento(FLUJO, "AUDITORIA_ROTA", datos, ahora=reloj.ahora())
    return {"filas": resultado.filas, "flujos": resultado.flujos, "rota": datos}
