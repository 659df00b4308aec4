"""Piezas con que se describen las respuestas: números, textos, horas y listas, con o sin nulo."""

from typing import Any

from rest_framework import serializers

Forma = serializers.Serializer[Any]


def num(nulo: bool = False, **mas: Any) -> serializers.FloatField:
    """Devuelve un número (los importes también: 15 cifras exactas)."""
    return serializers.FloatField(allow_null=nulo, **mas)


def ent(nulo: bool = False, **mas: Any) -> serializers.IntegerField:
    """Devuelve un entero."""
    return serializers.IntegerField(allow_null=nulo, **mas)


def txt(nulo: bool = False, **mas: Any) -> serializers.CharField:
    """Devuelve un texto, quizá vacío."""
    return serializers.CharField(allow_null=nulo, allow_blank=True, **mas)


def hora(nulo: bool = False, **mas: Any) -> serializers.DateTimeField:
    """Devuelve una hora UTC en ISO 8601."""
    return serializers.DateTimeField(allow_null=nulo, **mas)


def si_no(**mas: Any) -> serializers.BooleanField:
    """Devuelve un sí o no."""
    return serializers.BooleanField(**mas)


def libre(nulo: bool = False, **mas: Any) -> serializers.DictField:
    """Devuelve un objeto cuyas claves no se fijan aquí."""
    return serializers.DictField(allow_null=nulo, **mas)


def objetos(**mas: Any) -> serializers.ListField:
    """Devuelve una lista de objetos cuyas claves no se fijan aquí."""
    return serializers.ListField(child=serializers.DictField(), **mas)


def textos(**mas: Any) -> serializers.ListField:
    """Devuelve una lista de textos."""
    return serializers.ListField(child=serializers.CharField(allow_blank=True), **mas)
