"""La orden ``doctor``: qué está bien, qué conviene mirar y qué hay que arreglar."""

from typing import Annotated

import typer

from timonel.cli.salida import emitir, imprimir, tabla

_MARCAS = {"ok": "bien", "aviso": "aviso", "fallo": "FALLO"}


def doctor(
    sin_red: Annotated[bool, typer.Option("--sin-red", help="No se conecta con la sede.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Revisa la instalación y dice qué arreglar. Salida 1 si algo falla; los avisos no cuentan.

    No cambia nada y no enseña ningún secreto.
    """
    from timonel.cli.doctor_comprobaciones import comprobar_todo
    from timonel.cli.errores import redactar

    hechas = list(comprobar_todo(con_red=not sin_red))
    fallos = [una for una in hechas if una.estado == "fallo"]
    if json:
        emitir({"correcto": not fallos, "comprobaciones": hechas})
        return int(bool(fallos))
    filas = [(_MARCAS[una.estado], una.nombre, redactar(f"{una.mensaje} {una.que_hacer}".strip())) for una in hechas]
    imprimir(tabla("", ("Estado", "Qué", "Detalle"), filas))
    imprimir(f"Por arreglar: {len(fallos)}." if fallos else "Todo lo necesario está bien.")
    return int(bool(fallos))
