"""Cuenta, por especificación, cuántas filas hay, cuántas están cubiertas y cuántas quedan."""

from pathlib import Path

from timonel.trazabilidad import comprobacion, tabla
from timonel.trazabilidad.modelo import RAIZ, TABLA


def informe(ruta: Path = TABLA, raiz: Path = RAIZ) -> dict[str, dict[str, int]]:
    """Devuelve ``{"000": {"filas", "cubiertas", "pendientes", "imposibles", "rotas", "sin_correr"}, …}``.

    ``pendientes`` es todo lo que ni está cubierto ni es imposible. De ellas, ``rotas`` son las que se daban por hechas
    y ``sin_correr`` aquellas cuya prueba se salta en esta máquina.
    No necesita las especificaciones: le basta la tabla.

    Raises:
        ErrorConfiguracion: CFG-TRZ1 o CFG-TRZ2 si la tabla falta o no se entiende.
    """
    resultados = comprobacion.resultados_guardados(raiz)
    resumen: dict[str, dict[str, int]] = {}
    for numero, filas in tabla.leer(ruta).items():
        hechas = [fila for fila in filas if not fila.pendiente and not fila.imposible]
        rotas = sum(comprobacion.motivo(fila, raiz, resultados) is not None for fila in hechas)
        saltadas = sum(comprobacion.sin_correr(fila, resultados) for fila in hechas)
        imposibles = sum(bool(fila.imposible) for fila in filas)
        cubiertas = len(hechas) - rotas - saltadas
        resumen[numero] = {
            "filas": len(filas),
            "cubiertas": cubiertas,
            "pendientes": len(filas) - cubiertas - imposibles,
            "imposibles": imposibles,
            "rotas": rotas,
            "sin_correr": saltadas,
        }
    return resumen


def rotas(ruta: Path = TABLA, raiz: Path = RAIZ) -> list[str]:
    """Devuelve, de las filas que se dan por hechas, las que no lo están y por qué («id: motivo»)."""
    resultados = comprobacion.resultados_guardados(raiz)
    return [
        f"{fila.id}: {porque}"
        for filas in tabla.leer(ruta).values()
        for fila in filas
        if not fila.pendiente and not fila.imposible
        if (porque := comprobacion.motivo(fila, raiz, resultados)) is not None
    ]
