"""El libro de balance: lo asentado, lo comprometido en contratos abiertos y lo que movieron otros.

``asentado`` es el balance con todas las operaciones propias cerradas: la prima de un contrato abierto sigue en él hasta
que se liquida. ``esperado`` es lo que la sede debería enseñar ahora mismo.
"""

from collections.abc import Collection
from decimal import Decimal

import msgspec

from dominio.dinero import CERO


class LibroBalance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Balance propio de una cuenta. Invariante: ``asentado = inicial + beneficio + ajenos``."""

    inicial: Decimal
    asentado: Decimal
    beneficio: Decimal = CERO
    ajenos: Decimal = CERO
    abiertos: dict[str, Decimal] = {}

    @property
    def esperado(self) -> Decimal:
        """Devuelve lo que la sede debería enseñar: lo asentado menos las primas de lo abierto."""
        return self.asentado - sum(self.abiertos.values(), CERO)


def abrir_libro(balance: Decimal) -> LibroBalance:
    """Devuelve un libro que empieza en ``balance``."""
    return LibroBalance(inicial=balance, asentado=balance)


def comprar(libro: LibroBalance, referencia: str, prima: Decimal) -> LibroBalance:
    """Devuelve el libro con la prima de ``referencia`` comprometida; repetirlo no cambia nada."""
    if referencia in libro.abiertos:
        return libro
    return msgspec.structs.replace(libro, abiertos={**libro.abiertos, referencia: prima})


def soltar(libro: LibroBalance, referencias: Collection[str]) -> LibroBalance:
    """Devuelve el libro sin esas primas comprometidas; lo asentado no cambia."""
    abiertos = {clave: prima for clave, prima in libro.abiertos.items() if clave not in referencias}
    return msgspec.structs.replace(libro, abiertos=abiertos)


def liquidar(libro: LibroBalance, referencia: str, beneficio: Decimal) -> LibroBalance:
    """Devuelve el libro con la operación cerrada y su beneficio neto asentado."""
    abiertos = {clave: prima for clave, prima in libro.abiertos.items() if clave != referencia}
    return msgspec.structs.replace(
        libro, asentado=libro.asentado + beneficio, beneficio=libro.beneficio + beneficio, abiertos=abiertos
    )


def mover_ajeno(libro: LibroBalance, importe: Decimal) -> LibroBalance:
    """Devuelve el libro tras un movimiento que no es nuestro: ni ganancia ni pérdida."""
    return msgspec.structs.replace(libro, asentado=libro.asentado + importe, ajenos=libro.ajenos + importe)
