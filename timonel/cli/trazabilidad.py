"""La orden ``trazabilidad``: cuánto de cada especificación está hecho y probado."""

from typing import Annotated

import typer

from timonel.cli.salida import emitir, imprimir, numero, tabla


def trazabilidad(
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Cuenta, por especificación, las filas cubiertas (fichero y prueba existen y pasan) y las que faltan.

    Salida 1 si alguna fila que se da por hecha no lo está.
    """
    from timonel.trazabilidad.informe import informe, rotas

    resumen, malas = informe(), rotas()
    if json:
        emitir(resumen)
        return int(bool(malas))
    columnas = ("Especificación", "Filas", "Cubiertas", "Pendientes", "Imposibles", "Rotas")
    claves = ("filas", "cubiertas", "pendientes", "imposibles", "rotas")
    filas = [(nombre, *(numero(cuenta[clave], 0) for clave in claves)) for nombre, cuenta in resumen.items()]
    imprimir(tabla("Trazabilidad", columnas, filas, derecha=columnas[1:]))
    for mala in malas:
        imprimir(f"Rota: {mala}")
    return int(bool(malas))
