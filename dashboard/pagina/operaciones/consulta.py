"""La tabla por páginas: orden por columna y cursor, sin OFFSET: la última página cuesta lo que la primera."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.db.models import F, Q, QuerySet

from historial.models import Operacion

CUANTAS = 50
# Nombre en la URL → campo. El orden de desempate es siempre el identificador.
COLUMNAS = {
    "hora": "hora_inicio",
    "bot": "bot",
    "activo": "activo",
    "direccion": "direccion",
    "monto": "monto",
    "confianza": "confianza_pct",
    "resultado": "resultado",
    "beneficio": "beneficio",
}


def _hora(texto: str) -> datetime:
    momento = datetime.fromisoformat(texto)
    if momento.tzinfo is None:
        raise ValueError(texto)
    return momento


def _cifra(texto: str) -> Decimal:
    cifra = Decimal(texto)
    if not cifra.is_finite() or abs(cifra) >= Decimal(10) ** 12:
        raise ValueError(texto)
    return cifra


def _texto(texto: str) -> str:
    if "\x00" in texto:
        raise ValueError(texto)
    return texto


_DE_TEXTO: dict[str, Callable[[str], Any]] = {
    "hora": _hora,
    "monto": _cifra,
    "beneficio": _cifra,
    "confianza": lambda texto: float(_cifra(texto)),
}


class Orden(msgspec.Struct, frozen=True):
    """Por qué columna y hacia dónde."""

    columna: str = "hora"
    baja: bool = True

    @classmethod
    def leer(cls, texto: str) -> "Orden":
        """Devuelve el orden escrito como «columna» o «-columna»; lo desconocido es «-hora»."""
        columna = texto.removeprefix("-")
        return cls(columna, texto.startswith("-")) if columna in COLUMNAS else cls()

    def __str__(self) -> str:
        return f"-{self.columna}" if self.baja else self.columna

    @property
    def campo(self) -> str:
        """Devuelve el campo de la operación."""
        return COLUMNAS[self.columna]


class Pagina(msgspec.Struct, frozen=True):
    """Unas filas y los cursores de lo que hay antes y después; None si no hay más hacia ese lado."""

    filas: list[Operacion]
    antes: str | None
    despues: str | None


def pagina(
    consulta: "QuerySet[Operacion]", orden: Orden, *, antes: str = "", despues: str = "", cuantas: int = CUANTAS
) -> Pagina:
    """Devuelve la página que empieza tras el cursor ``despues``, la que acaba en ``antes``, o la primera.

    Un cursor que no se entiende es el principio. Los nulos van siempre al final.
    """
    marca = _descifrar(antes or despues, orden)
    atras = bool(antes) and marca is not None
    if marca is not None:
        consulta = consulta.filter(_mas_alla(orden, marca, atras))
    sube = orden.baja == atras
    campo = F(orden.campo)
    criterio = campo.asc(nulls_first=atras or None, nulls_last=(not atras) or None) if sube else campo.desc(
        nulls_first=atras or None, nulls_last=(not atras) or None
    )  # fmt: skip
    filas = list(consulta.order_by(criterio, "pk" if sube else "-pk")[: cuantas + 1])
    hay_mas, filas = len(filas) > cuantas, filas[:cuantas]
    if atras:
        filas.reverse()
    return Pagina(
        filas=filas,
        antes=_cifrar(filas[0], orden) if filas and (hay_mas if atras else marca is not None) else None,
        despues=_cifrar(filas[-1], orden) if filas and (hay_mas or atras) else None,
    )


def _mas_alla(orden: Orden, marca: tuple[Any, int], atras: bool) -> Q:
    """Devuelve la condición de lo que queda al otro lado de la marca, con los nulos al final."""
    valor, ident = marca
    crece = orden.baja == atras
    lado = "gt" if crece else "lt"
    if valor is None:
        mismos = Q(**{f"{orden.campo}__isnull": True, f"pk__{lado}": ident})
        return mismos | Q(**{f"{orden.campo}__isnull": False}) if atras else mismos
    mas = Q(**{f"{orden.campo}__{lado}": valor}) | Q(**{orden.campo: valor, f"pk__{lado}": ident})
    return mas if atras else mas | Q(**{f"{orden.campo}__isnull": True})


def _cifrar(fila: Operacion, orden: Orden) -> str:
    valor = getattr(fila, orden.campo)
    texto = valor.isoformat() if isinstance(valor, datetime) else None if valor is None else str(valor)
    return base64.urlsafe_b64encode(json.dumps([texto, fila.pk]).encode()).decode().rstrip("=")


def _descifrar(cursor: str, orden: Orden) -> tuple[Any, int] | None:
    if not cursor or len(cursor) > 400:
        return None
    try:
        texto, ident = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(ident, int) or not 0 <= ident < 2**63:
            return None
        return (None if texto is None else _DE_TEXTO.get(orden.columna, _texto)(texto)), ident
    except (ValueError, TypeError, InvalidOperation, binascii.Error):
        return None
