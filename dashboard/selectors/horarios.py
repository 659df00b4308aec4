"""Las horas: la tabla de la pausa vigente (o de la última), la mejor hora con su veredicto y el mapa hora × día."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache

from dashboard.selectors import comun
from historial.models import AcumuladoTotal
from simulacion.horarios import MIN_MUESTRAS
from simulacion.selectors import HISTORIA, PAUSA, horas_de_pausa, horas_de_todo, mapa_de, ultima_pausa

ORIGENES = (PAUSA, HISTORIA)
GUARDADO_S = 3600


def horarios(bot: str | None, datos: Path, ahora: datetime, *, origen: str = PAUSA) -> dict[str, Any]:
    """Devuelve las horas de un bot; sin nombre, del de actividad más reciente.

    ``pausa``: la tabla de la pausa vigente o de la última, con su mejor hora y su veredicto; None si nunca hubo.
    ``historia``: la misma tabla sobre los ticks pasados de la sede, solo con ``origen`` «historia». ``mapa``: hora ×
    día de la semana de todo lo que hay de ese origen, sin veredicto.

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, _ = comun.elegir(bot, datos)
    config, _ = comun.configuracion_de(fila.bot, datos)
    zona = ZoneInfo(comun.zona_de(config))
    minimo = config.pausa.min_muestras if config else MIN_MUESTRAS
    clave = (fila.bot, fila.sede, fila.cuenta)
    pausa = ultima_pausa(*clave)
    return {
        "bot": fila.bot,
        "sede": fila.sede,
        "cuenta": fila.cuenta,
        "zona": zona.key,
        "origen": origen,
        "vigente": pausa is not None and pausa.reactivado_en is None,
        "pausa": horas_de_pausa(pausa, zona, ahora, minimo) if pausa else None,
        "historia": horas_de_todo(*clave, HISTORIA, zona, minimo) if origen == HISTORIA else None,
        "mapa": _mapa(clave, origen, zona),
    }


def _mapa(clave: tuple[str, str, str], origen: str, zona: ZoneInfo) -> dict[str, Any]:
    """Devuelve el mapa, que recorre toda la historia: se guarda mientras no se cierre ninguna entrada más."""
    bot, sede, cuenta = clave
    totales = AcumuladoTotal.objects.filter(bot=bot, sede=sede, cuenta=cuenta, origen=origen)
    cuantas = sum(sum(fila) for fila in totales.values_list("ganadas", "perdidas", "nulas"))
    llave = f"mapa:{hashlib.sha256(repr((clave, origen, zona.key, cuantas)).encode()).hexdigest()}"
    guardado: dict[str, Any] = cache.get_or_set(llave, lambda: mapa_de(*clave, origen, zona).como_dict(), GUARDADO_S)
    return guardado
