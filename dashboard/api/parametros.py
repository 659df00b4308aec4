"""Los parámetros que admite cada lectura, con sus valores permitidos: de aquí salen la comprobación y el OpenAPI."""

from typing import Any

from rest_framework import serializers

from dashboard.selectors import balance, operaciones, velas
from dashboard.selectors.horarios import ORIGENES as DE_HORAS
from historial.models.operaciones import ORIGENES
from historial.services.frenos import AMBITOS


class Parametros(serializers.Serializer[Any]):
    """Base: un valor vacío cuenta como no dado."""

    def to_internal_value(self, data: Any) -> Any:
        """Devuelve los valores validados, sin los vacíos."""
        return super().to_internal_value({clave: valor for clave, valor in data.items() if valor != ""})


class DeBot(Parametros):
    bot = serializers.CharField(required=False, max_length=64, help_text="El bot; sin él, el más reciente.")


class DeEstado(Parametros):
    bot = serializers.CharField(required=False, max_length=64, help_text="Solo este bot; sin él, todos.")


class DeEstadisticas(DeBot):
    cuenta = serializers.CharField(required=False, max_length=64, help_text="La cuenta; sin ella, la última del bot.")
    activo = serializers.CharField(required=False, max_length=64)
    clase = serializers.ChoiceField(choices=operaciones.CLASES, required=False)
    origen = serializers.ChoiceField(choices=ORIGENES, required=False)
    desde = serializers.DateTimeField(required=False, help_text="Hora de inicio desde, incluida (ISO 8601).")
    hasta = serializers.DateTimeField(required=False, help_text="Hora de inicio hasta, sin incluir.")


class DeCSV(Parametros):
    bot = serializers.CharField(required=False, max_length=64)
    sede = serializers.CharField(required=False, max_length=12)
    cuenta = serializers.CharField(required=False, max_length=64)
    activo = serializers.CharField(required=False, max_length=64)
    direccion = serializers.ChoiceField(choices=("CALL", "PUT", "BUY", "SELL"), required=False)
    resultado = serializers.ChoiceField(choices=operaciones.RESULTADOS, required=False)
    clase = serializers.ChoiceField(choices=operaciones.CLASES, required=False, help_text="Por defecto, todas.")
    origen = serializers.ChoiceField(choices=ORIGENES, required=False)
    desde = serializers.DateTimeField(required=False, help_text="Hora de inicio desde, incluida (ISO 8601).")
    hasta = serializers.DateTimeField(required=False, help_text="Hora de inicio hasta, sin incluir.")


class DeHistoricos(DeCSV):
    orden = serializers.ChoiceField(
        choices=[f"{signo}{campo}" for campo in operaciones.ORDENES for signo in ("", "-")], required=False
    )
    cursor = serializers.CharField(required=False, max_length=400, help_text="El «siguiente» de la página anterior.")
    por_pagina = serializers.IntegerField(required=False, min_value=1, max_value=operaciones.MAXIMO)


class DeSerie(DeBot):
    desde = serializers.DateTimeField(required=False)
    hasta = serializers.DateTimeField(required=False)
    puntos = serializers.IntegerField(required=False, min_value=2, max_value=balance.MAX_PUNTOS)


class DeHorarios(DeBot):
    origen = serializers.ChoiceField(choices=DE_HORAS, required=False)


class DeVelas(DeBot):
    simbolo = serializers.CharField(max_length=64, help_text="El activo, por ejemplo R_50.")
    hasta = serializers.DateTimeField(required=False)
    cuantas = serializers.IntegerField(required=False, min_value=1, max_value=velas.MAX_VELAS)


class DeMando(serializers.Serializer[Any]):
    """A quién se para o se reanuda. ``clave``: vacía en global, «sede:cuenta» en cuenta, el nombre en bot."""

    ambito = serializers.ChoiceField(choices=AMBITOS, default="global")
    clave = serializers.CharField(required=False, allow_blank=True, default="", max_length=96)
    motivo = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
