"""Pone al día la tabla y su página: ``python -m timonel.trazabilidad``."""

import sys

from timonel.trazabilidad import extractor, pagina, tabla
from timonel.trazabilidad.modelo import PAGINA, TABLA, carpeta_de_especificaciones


def poner_al_dia() -> str:
    """Añade las filas que falten, rehace la página y devuelve una frase con lo hecho."""
    filas = tabla.leer() if TABLA.exists() else {}
    carpeta = carpeta_de_especificaciones()
    antes = sum(map(len, filas.values()))
    if carpeta is not None:
        filas = tabla.completar(filas, extractor.extraer(carpeta))
        tabla.escribir(filas)
    PAGINA.write_text(pagina.componer(filas), encoding="utf-8")
    origen = "" if carpeta else " (no se pudieron leer las especificaciones: TIMONEL_ESPECIFICACIONES)"
    return f"{sum(map(len, filas.values())) - antes} filas nuevas; página rehecha{origen}."


if __name__ == "__main__":
    sys.stdout.write(poner_al_dia() + "\n")
