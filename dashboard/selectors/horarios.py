"""Las horas: la tabla de la pausa vigente (o de la última), la mejor hora con su veredicto y el mapa hora × día."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.selectors import comun
from simulacion.horarios import MIN_MUESTRAS
from simulacion.selectors import HISTORIA, PAUSA, horas_de_pausa, horas_de_todo, mapa_de, ultima_pausa

ORIGENES = (PAUSA, HISTORIA)


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
        "mapa": mapa_de(*clave, origen, zona).como_dict(),
    }
