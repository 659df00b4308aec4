"""Cómo se describe en el OpenAPI la ficha de un programa: «Authorization: Token FICHA»."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class EsquemaFicha(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """La ficha de máquina."""

    target_class = "dashboard.acceso.fichas.AutenticacionFicha"
    name = "ficha"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Devuelve la definición de seguridad."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "«Token FICHA». La ficha se crea con «timonel panel ficha» y tiene alcance y caducidad.",
        }
