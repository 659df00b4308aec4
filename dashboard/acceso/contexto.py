"""Lo que toda plantilla puede preguntar sobre el acceso de quien mira."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.acceso.roles import ADMINISTRAR, LEER, OPERAR, cubre, rol_de


def acceso(peticion: HttpRequest) -> dict[str, Any]:
    """Devuelve ``acceso``: rol, qué puede y si la instalación es solo de demostración. Se calcula al usarlo."""

    def calcular() -> dict[str, Any]:
        rol = rol_de(peticion.user) if hasattr(peticion, "user") else ""
        return {
            "rol": rol,
            "leer": cubre(rol, LEER),
            "operar": cubre(rol, OPERAR),
            "administrar": cubre(rol, ADMINISTRAR),
            "solo_simulado": bool(getattr(settings, "SOLO_SIMULADO", False)),
        }

    return {"acceso": SimpleLazyObject(calcular)}
