"""La base de las vistas: español siempre, parámetros comprobados y la hora de un solo sitio."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import override
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.views import APIView

from dashboard.api import esquema
from dashboard.api import serializers as formas
from dashboard.api.formas import Forma
from dashboard.api.permissions import Leer

__all__ = ["Lectura", "Vista", "datos", "describir", "esquema"]  # importar el esquema lo registra

_ERRORES = {
    400: "Un parámetro no vale.",
    401: "No se ha entrado, o la ficha no vale.",
    403: "No tiene permiso, o falta confirmar quién es.",
    404: "No existe.",
    429: "Demasiadas peticiones.",
    503: "La base de datos no contesta.",
}


class Vista(APIView):
    """Una vista de la API. Sin permisos propios, los de quien administra (los pone la configuración)."""

    throttle_scope = "lecturas"

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        """Devuelve la respuesta, con los mensajes en español pida el idioma que pida."""
        with override("es"):
            return super().dispatch(*args, **kwargs)


class Lectura(Vista):
    """Una vista que solo lee: basta el permiso de leer."""

    permission_classes = [Leer]
    parametros: type[Forma] | None = None

    def pedidos(self) -> dict[str, Any]:
        """Devuelve los parámetros de la petición, ya validados. Raises ValidationError con cada uno que no valga."""
        if self.parametros is None:
            return {}
        leidos = self.parametros(data=self.request.query_params.dict())
        leidos.is_valid(raise_exception=True)
        return dict(leidos.validated_data)


def datos() -> Path:
    """Devuelve la carpeta de datos."""
    return Path(settings.DATOS)


def describir(
    forma: Any, resumen: str, *, parametros: type[Forma] | None = None, cuerpo: Any = None, **mas: Any
) -> Callable[..., Any]:
    """Devuelve el decorador que describe la operación en el OpenAPI, con todos sus errores."""
    respuestas: dict[Any, Any] = (forma if isinstance(forma, dict) else {200: forma}) | {
        estado: OpenApiResponse(formas.Error, description=frase) for estado, frase in _ERRORES.items()
    }
    if cuerpo is not None:
        respuestas[415] = OpenApiResponse(formas.Error, description="El cuerpo no es JSON.")
    return extend_schema(
        summary=resumen,
        parameters=[parametros] if parametros else [],
        request=cuerpo,
        responses=respuestas,
        **mas,
    )
