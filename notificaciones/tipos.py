"""Las piezas de los avisos, puras: lo que pasó, lo que se cuenta y lo que ya no corre prisa.

Urgencia «ya»: sale a cualquier hora, por los dos canales, y se repite hasta que alguien acuse recibo. «hoy» y
«resumen» esperan a que acaben las horas tranquilas.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Urgencia(StrEnum):
    """Cuánta prisa corre."""

    YA = "ya"
    HOY = "hoy"
    RESUMEN = "resumen"


class NuevoAviso(msgspec.Struct, frozen=True, kw_only=True):
    """Un aviso por escribir en la bandeja, uno por destinatario y canal.

    ``clave`` identifica el suceso y no se repite nunca; ``asunto`` agrupa lo que un suceso posterior da por resuelto.
    ``cabecera`` dice con qué dinero y qué bot; ``que_paso``, ``hecho`` (lo que el sistema ya hizo) y ``se_espera``
    (lo único que se pide a la persona). ``esperar_s``: sale entonces si antes no se resolvió.
    """

    clave: str
    tipo: str
    urgencia: Urgencia
    cabecera: str
    que_paso: str
    hecho: str
    se_espera: str
    ocurrido_en: datetime
    asunto: str = ""
    bot: str = ""
    esperar_s: float = 0.0


class Resuelto(msgspec.Struct, frozen=True):
    """Lo que se avisó de ese asunto ya no corre prisa: no se repite más, y lo que no salió no sale."""

    asunto: str
    motivo: str


Accion = NuevoAviso | Resuelto


class Suceso(msgspec.Struct, frozen=True, kw_only=True):
    """Un evento del historial, con lo que hace falta para contarlo. ``id`` es su cursor («tx:id»)."""

    id: str
    flujo: str
    tipo: str
    datos: dict[str, Any]
    en: datetime
