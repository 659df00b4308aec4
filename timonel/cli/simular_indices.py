"""La orden ``simular indices``: los índices sintéticos, medidos contra su teoría."""

from typing import Annotated

import typer

from timonel.cli.salida import SIMULADO, consola, emitir, imprimir, numero, tabla


def indices(
    ticks: Annotated[int, typer.Option("--ticks", min=1000, help="Ticks por índice.")] = 1_000_000,
    contratos: Annotated[int | None, typer.Option("--contratos", min=10, help="Por índice; sin él, ticks/10.")] = None,
    semilla: Annotated[int, typer.Option("--semilla", help="La de las sendas.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Mide la volatilidad, los empates y los aciertos de una moneda al aire en cada índice. Salida 1 si algo no cuadra.

    El error de volatilidad se exige menor que 0,3 % con un millón de ticks: con muchos menos, el azar solo ya lo pasa.
    """
    from simulacion.verificacion_indices import verificar

    with consola(errores=True).status("Midiendo los índices…"):
        informe = verificar(semilla, ticks, contratos or ticks // 10)
    malas = informe["violaciones"]
    if json:
        emitir(informe)
        return int(bool(malas))
    columnas = ("Índice", "Volatilidad", "Medida", "Error", "Empates", "Aciertos")
    filas = [
        (
            simbolo,
            f"{numero(uno['volatilidad_pct'], 0)} %",
            f"{numero(uno['volatilidad_medida_pct'], 3)} %",
            f"{numero(uno['error_pct'], 3)} %",
            _entre(uno["empates"]),
            _entre(uno["aciertos"]),
        )
        for simbolo, uno in informe["indices"].items()
    ]
    imprimir(tabla(f"Índices sintéticos ({SIMULADO}), semilla {semilla}", columnas, filas, derecha=columnas[1:]))
    for mala in malas:
        imprimir(f"No cuadra: {mala}.")
    if not malas:
        imprimir("Todo dentro de lo esperado.")
    return int(bool(malas))


def _entre(proporcion: dict[str, float]) -> str:
    veces, minimo, maximo = (numero(proporcion[clave], 0) for clave in ("veces", "minimo", "maximo"))
    return f"{veces} [{minimo}, {maximo}]"
