"""Cómo se escribe la respuesta: siempre JSON, con los importes como números y las horas en ISO 8601 UTC."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer

_codificar = msgspec.json.Encoder(enc_hook=str).encode


def sencillo(valor: Any) -> Any:
    """Devuelve el valor hecho de tipos JSON: los importes, números (15 cifras caben exactas en un float)."""
    if valor is None or isinstance(valor, bool | int):
        return valor
    if isinstance(valor, float):
        return valor if valor - valor == 0 else None  # ni infinito ni NaN caben en JSON
    if isinstance(valor, Decimal):
        return float(valor)
    if isinstance(valor, str):
        return str(valor)
    if isinstance(valor, datetime):
        return valor if valor.tzinfo is UTC else valor.astimezone(UTC)  # msgspec la escribe con «Z»
    if isinstance(valor, date):
        return valor
    if isinstance(valor, Mapping):
        return {str(clave): sencillo(uno) for clave, uno in valor.items()}
    if isinstance(valor, list | tuple | set | frozenset):
        return [sencillo(uno) for uno in valor]
    return str(valor)


class SalidaJSON(BaseRenderer):
    """El renderizador de toda la API."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Devuelve los octetos del JSON."""
        return b"" if data is None else _codificar(sencillo(data))


class SiempreJSON(BaseContentNegotiation):
    """No negocia: la API habla JSON, y un navegador o una descarga no reciben un 406 por su cabecera Accept."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Devuelve el lector del tipo del cuerpo, o None si no se admite."""
        from rest_framework.negotiation import DefaultContentNegotiation

        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Devuelve siempre el primero."""
        return renderers[0], renderers[0].media_type
