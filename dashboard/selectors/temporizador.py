"""El temporizador de la espera: desde cuándo está parado un bot, cuándo acaba y cuántos segundos faltan."""

from datetime import datetime
from pathlib import Path
from typing import Any

from core.estado_bot import Ciclo, EstadoBot
from core.models import EstadoGuardado
from core.selectors import pausa_en_curso
from dashboard.selectors.comun import configuracion_de, elegir, zona_de

PARADOS = (Ciclo.PAUSADO, Ciclo.ESPERANDO_HORARIO)


def acaba_en(estado: EstadoBot) -> datetime | None:
    """Devuelve cuándo acaba la espera en curso: el fin de la pausa o la hora elegida; None si no espera."""
    if estado.ciclo is Ciclo.PAUSADO:
        return estado.reanuda_en
    return estado.entra_en if estado.ciclo is Ciclo.ESPERANDO_HORARIO else None


def segundos_hasta(momento: datetime | None, ahora: datetime) -> int | None:
    """Devuelve los segundos que faltan, nunca menos de cero; None si no hay momento."""
    return None if momento is None else max(0, round((momento - ahora).total_seconds()))


def temporizador(bot: str | None, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve el temporizador de un bot; sin nombre, del de actividad más reciente.

    Claves: ``parado``, ``parado_desde`` (la hora de la liquidación que cumplió el stop), ``acaba_en`` (fin de la espera
    en curso), ``falta_s``, ``reanuda_en`` (fin de las 24 horas), ``entra_en`` y ``hora_elegida`` (cuando ya se eligió).

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, estado = elegir(bot, datos)
    return temporizador_de(fila, estado, datos, ahora)


def temporizador_de(fila: EstadoGuardado, estado: EstadoBot, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve el temporizador de un estado ya leído."""
    parado = estado.ciclo in PARADOS
    pausa = pausa_en_curso(fila.bot, fila.sede, fila.cuenta) if parado else None
    fin = acaba_en(estado)
    return {
        "bot": fila.bot,
        "ciclo": str(estado.ciclo),
        "parado": parado,
        "desde": estado.desde,
        "parado_desde": estado.pausado_en if parado else None,
        "acaba_en": fin,
        "falta_s": segundos_hasta(fin, ahora),
        "reanuda_en": estado.reanuda_en if parado else None,
        "entra_en": estado.entra_en if parado else None,
        "hora_elegida": estado.hora_elegida if estado.ciclo is Ciclo.ESPERANDO_HORARIO else None,
        "motivo": pausa.motivo if pausa else "",
        "zona": zona_de(configuracion_de(fila.bot, datos)[0]),
        "ahora": ahora,
    }
