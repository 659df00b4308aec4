"""El pulso de la plataforma para un vigilante de fuera: una plataforma muerta no puede avisar de que lo está.

Cada pocos segundos, y solo si todo va bien, deja su hora en un fichero y llama a una dirección. El que vigila
(``timonel vigilar`` en otro equipo, o un servicio que espera latidos) avisa cuando deja de oírlo.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

from dominio.reloj import Reloj
from historial.services.trabajos import hacer_una_vez
from notificaciones import selectors
from notificaciones.models import Desconexion
from notificaciones.periodicos import PULSO

FICHERO = "pulso.json"
ATASCO_S = 300.0
PLAZO_S = 5.0


def pulso(reloj: Reloj) -> dict[str, Any] | None:
    """Mira la salud y, si es buena, deja el pulso. Devuelve lo que vio."""
    return hacer_una_vez(PULSO, lambda: latir(settings.DATOS, os.environ, ahora=reloj.ahora()), reloj=reloj)


def latir(datos: Path, variables: Mapping[str, str], *, ahora: datetime) -> dict[str, Any]:
    """Deja el pulso si no hay motivo para callar, y devuelve motivos y si la dirección contestó."""
    motivos = motivos_para_callar(ahora)
    if motivos:
        return {"motivos": motivos, "fichero": False, "url": None}
    ruta = Path(variables.get("TIMONEL_PULSO_FICHERO") or datos / FICHERO)
    provisional = ruta.with_name(f".{ruta.name}.{os.getpid()}")
    provisional.write_text(json.dumps({"en": ahora.isoformat()}) + "\n", encoding="utf-8")
    provisional.replace(ruta)
    url = variables.get("TIMONEL_PULSO_URL", "").strip()
    return {"motivos": [], "fichero": True, "url": _llamar(url) if url else None}


def motivos_para_callar(ahora: datetime) -> list[str]:
    """Devuelve por qué no se puede decir que todo va bien: un bot que falta o una bandeja que no sale."""
    faltan = Desconexion.objects.filter(avisada=True, desde__gt=ahora - timedelta(hours=24))
    motivos = [f"falta {bot}" for bot in faltan.order_by("bot").values_list("bot", flat=True)]
    edad_s = selectors.estado_bandeja(ahora)["edad_s"]
    return [*motivos, "los avisos no salen"] if edad_s is not None and edad_s > ATASCO_S else motivos


def _llamar(url: str) -> bool:
    """Devuelve si contestó bien. Que no conteste no es asunto nuestro: el que vigila notará el silencio."""
    try:
        return requests.get(url, timeout=PLAZO_S, allow_redirects=False).ok
    except requests.RequestException:
        return False
