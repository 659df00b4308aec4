"""La tabla de horas provisional de cada pausa en curso: lo que se sabría si acabara ahora. Informa; no decide nada."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from core import horario
from core.definiciones.selectors import buscar
from core.ficheros_bots import ficheros
from core.models import Pausa
from dominio.errores import ErrorTimonel
from dominio.posiciones import Resultado
from dominio.reloj import Reloj
from historial.selectors.ficticias import ficticias_de_pausa
from historial.services.trabajos import hacer_una_vez
from simulacion.horarios import Entrada, analizar, equilibrio_de
from simulacion.periodicos import HORAS


def horas(reloj: Reloj) -> dict[str, Any] | None:
    """Recalcula la tabla de cada pausa que aún no tiene hora. La definitiva la pone el bot al acabar la pausa."""
    return hacer_una_vez(HORAS, lambda: analizar_pausas(settings.DATOS, ahora=reloj.ahora()), reloj=reloj)


def analizar_pausas(datos: Path, *, ahora: datetime) -> dict[str, Any]:
    """Guarda la tabla provisional de cada pausa en curso y devuelve cuántas analizó y cuáles no pudo."""
    analizadas, sin_bot = 0, []
    for pausa in Pausa.objects.filter(reactivado_en=None, entra_en=None, hora_elegida=None, pausado_en__lte=ahora):
        try:
            regla = buscar(pausa.bot, ficheros(datos)).pausa
        except ErrorTimonel as fallo:  # su fichero ya no está o no se entiende: las demás no esperan por él
            sin_bot.append({"bot": pausa.bot, "codigo": fallo.codigo})
            continue
        clave = {"bot": pausa.bot, "sede": pausa.sede, "cuenta": pausa.cuenta}
        entradas = [
            Entrada(una.inicio, Resultado(una.resultado), equilibrio_de(una.monto, una.pago))
            for una in ficticias_de_pausa(**clave, desde=pausa.pausado_en, hasta=ahora)
        ]
        analisis = analizar(entradas, horario.zona(regla.zona), regla.min_muestras, provisional=True)
        # Condicional: si entretanto la pausa acabó, la tabla con que se eligió no se pisa.
        analizadas += Pausa.objects.filter(pk=pausa.pk, reactivado_en=None, entra_en=None, hora_elegida=None).update(
            tabla_horas=analisis.como_dict()
        )
    return {"pausas": analizadas, "sin_bot": sin_bot}
