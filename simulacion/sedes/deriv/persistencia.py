"""Guardar y leer un libro en un fichero JSON: siempre entero, nunca a medias, para que sobreviva a un ``kill -9``."""

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dominio.errores import ErrorUsuario
from simulacion.sedes.deriv.modelos import Contrato, Cuenta, Movida

if TYPE_CHECKING:
    from simulacion.sedes.deriv.libro import LibroDeriv


class _Guardado(msgspec.Struct):
    version: int
    margen: Decimal
    contrato: int
    transaccion: int
    cuentas: list[Cuenta]
    contratos: list[Contrato]
    movidas: list[Movida]
    extras: dict[str, object]


def guardar(libro: "LibroDeriv", ruta: Path) -> None:
    """Escribe el libro en un fichero aparte y lo pone en su sitio de una vez."""
    foto = _Guardado(
        1,
        libro.margen,
        libro._contrato,
        libro._transaccion,
        list(libro.cuentas.values()),
        list(libro.contratos.values()),
        libro.movidas,
        libro.extras,
    )
    ruta.parent.mkdir(parents=True, exist_ok=True)
    provisional = ruta.with_name(ruta.name + ".nuevo")
    with provisional.open("wb") as fichero:
        fichero.write(msgspec.json.encode(foto))
        fichero.flush()
        os.fsync(fichero.fileno())
    provisional.replace(ruta)


def cargar(libro: "LibroDeriv", ruta: Path) -> None:
    """Llena un libro recién hecho con lo guardado. Raises ErrorUsuario (SIM-04) si el fichero no se entiende."""
    try:
        foto = msgspec.json.decode(ruta.read_bytes(), type=_Guardado)
    except (OSError, msgspec.MsgspecError) as fallo:
        raise ErrorUsuario(
            "SIM-04", f"El libro de la sede simulada «{ruta.name}» no se puede leer.", "Bórrelo para empezar de nuevo."
        ) from fallo
    libro.margen = foto.margen
    libro._contrato, libro._transaccion = foto.contrato, foto.transaccion
    libro.cuentas = {cuenta.id: cuenta for cuenta in foto.cuentas}
    libro.contratos = {contrato.id: contrato for contrato in foto.contratos}
    libro.movidas, libro.extras = foto.movidas, foto.extras
    for contrato in foto.contratos:
        if not contrato.cerrado:
            libro._abiertos.setdefault(contrato.pedido.simbolo, {})[contrato.id] = contrato
