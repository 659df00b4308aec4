"""La orden ``auditoria``: comprobar la cadena."""

from pathlib import Path
from typing import Annotated

import typer

from timonel.cli.salida import emitir, imprimir, numero

FICHERO_ANCLAS = "anclas.jsonl"  # el mismo que llenan los bots (bots/anclas.py)


def verificar(
    anclas: Annotated[
        Path | None, typer.Option("--anclas", metavar="FICHERO", help="Anclas guardadas fuera de la base.")
    ] = None,
    anclar: Annotated[bool, typer.Option("--anclar", help="Si está entera, añade el ancla de hoy.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Comprueba la cadena de auditoría entera y nombra la primera fila rota. Salida 1 si hay alguna.

    Un final cortado solo lo delata un ancla guardada donde no llegue quien escribe en la base.
    """
    from timonel.arranque import preparar

    preparar()
    from dominio.reloj import RelojSistema
    from historial import auditoria
    from timonel.rutas import carpeta_datos

    ruta = anclas or carpeta_datos() / FICHERO_ANCLAS
    resultado = auditoria.verificar(ruta)
    rotura = resultado.primera
    ancladas = auditoria.anclar(ruta, ahora=RelojSistema().ahora()) if anclar and rotura is None else 0
    if json:
        emitir(
            {
                "correcta": resultado.correcta,
                "filas": resultado.filas,
                "flujos": resultado.flujos,
                "primera_rota": rotura,
                "anclas": ancladas,
            }
        )
    elif rotura is None:
        imprimir(f"Cadena entera: {numero(resultado.filas, 0)} filas en {resultado.flujos} flujos.")
    else:
        fila = f"fila {rotura.id}, " if rotura.id is not None else ""
        imprimir(f"Cadena ROTA en el flujo «{rotura.flujo}», {fila}eslabón {rotura.seq}: {rotura.motivo}.")
    return 0 if resultado.correcta else 1
