"""La orden ``simular horarios``: cuántas veces se equivoca y cuántas acierta la regla de la mejor hora."""

from typing import Annotated

import typer

from timonel.cli.salida import SIMULADO, consola, emitir, imprimir, numero, porcentaje, tabla


def horarios(
    dias: Annotated[int, typer.Option("--dias", min=1, max=10_000_000, help="Días de cada prueba.")] = 100_000,
    muestras: Annotated[int, typer.Option("--muestras", min=20, max=100_000, help="Entradas en cada hora.")] = 750,
    pago: Annotated[float, typer.Option("--pago", min=0.01, max=100, help="Ganancia neta por unidad apostada.")] = 0.95,
    semilla: Annotated[int, typer.Option("--semilla", min=0, help="La del sorteo.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Sortea días con 24 horas sin ventaja, y con una buena, y cuenta qué dice de ellos la regla de la mejor hora.

    Salida 1 si lo medido no cuadra con el valor exacto de la regla o los falsos positivos pasan del 5 %.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from simulacion.verificacion_horarios import verificar

    columnas = (TextColumn("Días"), BarColumn(), MofNCompleteColumn())
    with Progress(*columnas, console=consola(errores=True), transient=True) as barra:
        tarea = barra.add_task("", total=2 * dias)
        informe = verificar(dias, muestras, pago, semilla, lambda hechos: barra.update(tarea, completed=hechos))
    malas = informe["violaciones"]
    if json:
        emitir(informe)
        return int(bool(malas))
    filas = [
        (que, porcentaje(informe[medido], 2), porcentaje(informe[exacto], 2))
        for que, medido, exacto in (
            ("Falsos positivos (24 horas en equilibrio)", "falsos_positivos_pct", "falsos_positivos_exacto_pct"),
            ("Detección (una hora al 60 %)", "deteccion_pct", "deteccion_exacta_pct"),
        )
    ]
    titulo = f"La regla de la mejor hora ({SIMULADO}), {numero(dias, 0)} días, {numero(muestras, 0)} entradas por hora"
    imprimir(tabla(titulo, ("Qué", "Medido", "Exacto"), filas, derecha=("Medido", "Exacto")))
    for mala in malas:
        imprimir(f"No cuadra: {mala}.")
    if not malas:
        imprimir("Todo dentro de lo esperado.")
    return int(bool(malas))
