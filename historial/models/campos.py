"""Campos comunes: dinero exacto, precios y listas cerradas de valores."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import models

from dominio.errores import ErrorPermanente

CIFRAS_EXACTAS = 15  # SQLite guarda los números con coma en doble precisión: 15 cifras van y vuelven sin cambiar
DECIMALES_DINERO = 8
DECIMALES_PRECIO = 10


class Dinero(models.DecimalField):
    """Importe exacto: hasta 15 cifras y 8 decimales. Lo que no cabe se rechaza, nunca se redondea en silencio.

    Raises (al guardar): ErrorPermanente DIN-02.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 20
        kwargs["decimal_places"] = DECIMALES_DINERO
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        nombre, ruta, args, kwargs = super().deconstruct()
        kwargs.pop("max_digits")
        kwargs.pop("decimal_places")
        return nombre, ruta, args, kwargs

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, Decimal):
            exigir_exacto(value)
        return super().get_db_prep_save(value, connection)


def exigir_exacto(importe: Decimal) -> None:
    """Raises ErrorPermanente (DIN-02) si el importe perdería cifras al guardarse."""
    _, cifras, exponente = importe.as_tuple()
    if isinstance(exponente, int):
        while len(cifras) > 1 and cifras[-1] == 0:  # ceros a la derecha: no son cifras que guardar
            cifras, exponente = cifras[:-1], exponente + 1
        if exponente >= -DECIMALES_DINERO and len(cifras) + max(exponente, 0) <= CIFRAS_EXACTAS:
            return
    raise ErrorPermanente(
        "DIN-02", f"«{importe}» no se puede guardar exacto.", "Recorte el importe a los decimales de su moneda."
    )


class Precio(models.DecimalField):
    """Precio, lotes o porcentaje: 10 decimales; lo que sobra se redondea al par."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 24
        kwargs["decimal_places"] = DECIMALES_PRECIO
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        nombre, ruta, args, kwargs = super().deconstruct()
        kwargs.pop("max_digits")
        kwargs.pop("decimal_places")
        return nombre, ruta, args, kwargs


def uno_de(campo: str, valores: "Iterable[StrEnum | str]", nombre: str) -> models.CheckConstraint:
    """Devuelve un CHECK: el campo solo admite esos valores. Un estado desconocido no entra en la base."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{campo}__in": [str(valor) for valor in valores]}), name=nombre
    )
