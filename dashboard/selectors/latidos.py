"""El último latido de cada bot: qué dice que hace ahora y cuánto hace que lo dijo."""

from datetime import datetime
from typing import Any

from core.models import EstadoGuardado
from historial.models import Latido

VIVO_S = 10.0  # late cada 2 s: cinco latidos perdidos no son casualidad

_VACIO: dict[str, Any] = {
    "conectado": False,
    "listo": False,
    "motivo": None,
    "reconciliado_hace_s": None,
    "contrato": None,
    "precios": {},
    "candidatos": [],
    "ficticias": None,
    "version": "",
}


def latido_de(fila: EstadoGuardado, ahora: datetime) -> dict[str, Any] | None:
    """Devuelve el último latido del bot en su cuenta, con ``en``, ``edad_s`` y ``vivo``; None si nunca latió."""
    latido = Latido.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta).first()
    return None if latido is None else _contar(latido, ahora)


def latidos(ahora: datetime) -> list[dict[str, Any]]:
    """Devuelve el último latido de cada bot en cada cuenta, el más reciente primero."""
    return [
        {"bot": latido.bot, "sede": latido.sede, "cuenta": latido.cuenta, **_contar(latido, ahora)}
        for latido in Latido.objects.order_by("-en")
    ]


def _contar(latido: Latido, ahora: datetime) -> dict[str, Any]:
    edad = max(0.0, (ahora - latido.en).total_seconds())
    datos = latido.datos if isinstance(latido.datos, dict) else {}
    dichos = {clave: datos.get(clave, vacio) for clave, vacio in _VACIO.items()}
    return {**dichos, "en": latido.en, "edad_s": round(edad, 1), "vivo": edad <= VIVO_S, "proceso": latido.proceso}
