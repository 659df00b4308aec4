"""``timonel simular``: ensayos de la plataforma entera contra la sede de laboratorio."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import typer


def deriv(
    contratos: Annotated[int, typer.Option(min=1, help="Contratos propios que tiene que haber en la sede.")] = 200,
    fallos: Annotated[Literal["todos", "ninguno"], typer.Option(help="Qué fallos se sortean.")] = "todos",
    sin_pausa: Annotated[bool, typer.Option("--sin-pausa", help="La pausa tras el stop dura cero.")] = False,
    semilla: Annotated[int, typer.Option(help="Semilla del mercado y de los fallos.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON al final.")] = False,
) -> int:
    """Contratos contra la sede simulada, con fallos y en tiempo virtual. Sale con 1 si hay violaciones.

    Usa una base de datos provisional: no toca el historial.
    """
    with tempfile.TemporaryDirectory(prefix="timonel-ensayo-") as carpeta:
        _base_provisional(Path(carpeta))
        resultado = _deriv(Path(carpeta), contratos, fallos == "todos", sin_pausa, semilla)
    _informar(resultado, json, "Contratos contra la sede simulada", _CIFRAS_DERIV)
    return int(bool(resultado["violaciones"]))


def caidas(
    sede: Annotated[Literal["deriv"], typer.Option(help="Sede simulada.")] = "deriv",
    repeticiones: Annotated[int, typer.Option(min=1, help="Muertes por cada punto de fallo.")] = 20,
    a_la_vez: Annotated[int, typer.Option("--a-la-vez", min=1, max=16, help="Procesos a la vez.")] = 8,
    semilla: Annotated[int, typer.Option(help="Semilla.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON al final.")] = False,
) -> int:
    """Procesos que mueren de verdad (SIGKILL) en cada punto peligroso y renacen; y un jefe congelado que despierta."""
    with tempfile.TemporaryDirectory(prefix="timonel-caidas-") as carpeta:
        plantilla = _base_provisional(Path(carpeta))
        from timonel.ensayos.caidas import ensayar

        resultado = ensayar(
            carpeta=Path(carpeta),
            plantilla=plantilla,
            repeticiones=repeticiones,
            a_la_vez=a_la_vez,
            semilla=semilla,
            al_avanzar=lambda: None,
        )
    _informar(resultado, json, f"Caídas en {sede}", _CIFRAS_CAIDAS)
    return int(bool(resultado["violaciones"]))


_CIFRAS_DERIV = (
    "compras_propias_en_sede",
    "intenciones_aceptadas",
    "duplicadas",
    "huerfanas",
    "abiertas_max",
    "compras_con_desconocida",
    "conexiones_a_real",
    "delta_balance",
    "beneficio_total",
    "movimientos_ajenos",
    "reinicios",
)
_CIFRAS_CAIDAS = (
    "muertes",
    "duplicadas",
    "huerfanas",
    "recuperacion_max_s",
    "resolucion_max_s",
    "envios_con_ficha_vieja",
)


def _base_provisional(carpeta: Path) -> Path:
    """Devuelve una base vacía y migrada, que se borra al acabar, con Django ya cargado sobre ella."""
    ruta = carpeta / "ensayo.sqlite3"
    os.environ["TIMONEL_DATOS"] = str(carpeta)
    os.environ["TIMONEL_BASE_DE_DATOS"] = f"sqlite:///{ruta}"
    from timonel.arranque import preparar

    preparar()
    return ruta


def _deriv(carpeta: Path, contratos: int, con_fallos: bool, sin_pausa: bool, semilla: int) -> dict[str, Any]:
    import asyncio

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from historial.ejecutores import EnLinea
    from simulacion.bucles import RelojDeBucle, correr
    from timonel.cli.salida import consola
    from timonel.ensayos.deriv import ensayar

    columnas = (TextColumn("Contratos"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columnas, console=consola(errores=True), transient=True) as barra:
        tarea = barra.add_task("", total=contratos)

        async def principal() -> dict[str, Any]:
            return await ensayar(
                contratos=contratos,
                con_fallos=con_fallos,
                sin_pausa=sin_pausa,
                semilla=semilla,
                datos=carpeta,
                reloj=RelojDeBucle(asyncio.get_running_loop()),
                ejecutor=EnLinea(),
                al_avanzar=lambda hechos: barra.update(tarea, completed=min(hechos, contratos)),
            )

        return correr(principal())


def _informar(resultado: dict[str, Any], json: bool, titulo: str, cifras: tuple[str, ...]) -> None:
    from timonel.cli.salida import emitir, imprimir, tabla

    if json:
        emitir(resultado)
        return
    filas = [(clave.replace("_", " "), resultado[clave]) for clave in cifras if clave in resultado]
    filas += [(nombre, veces) for nombre, veces in resultado.get("fallos", {}).items()]
    imprimir(tabla(f"[SIMULADO] {titulo}", ("Qué", "Cuánto"), filas, derecha=("Cuánto",)))
    imprimir("Violaciones: " + ("; ".join(resultado["violaciones"]) or "ninguna"))
