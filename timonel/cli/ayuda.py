"""La ayuda, en español: uso, argumentos, opciones y órdenes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer import _click as click

_TIPOS = {
    "<str>": "TEXTO",
    "<int>": "ENTERO",
    "<float>": "NÚMERO",
    "<int range>": "ENTERO",
    "<float range>": "NÚMERO",
    "<path>": "RUTA",
    "<file>": "FICHERO",
}
_ANCHO_NOMBRE = 34


def escribir(orden: "click.Command", ctx: "click.Context", hoja: Any) -> None:
    """Escribe la ayuda de una orden o de un grupo en ``hoja`` (un formateador de click)."""
    parametros = [parametro for parametro in orden.params if not getattr(parametro, "hidden", False)]
    argumentos = [p for p in parametros if p.param_type_name == "argument"]
    opciones = [p for p in parametros if p.param_type_name == "option"]
    refs = getattr(orden, "refs", {})
    piezas = [ctx.command_path]
    if opciones:
        piezas.append("[OPCIONES]")
    piezas += [_argumento(p) if p.required else f"[{_argumento(p)}]" for p in argumentos]
    if refs:
        piezas.append("ORDEN [ARGUMENTOS]…")
    hoja.write(f"Uso: {' '.join(piezas)}\n")
    for parrafo in _parrafos(orden.help or ""):
        hoja.write_paragraph()
        hoja.write_text(parrafo)
    _seccion(hoja, "Argumentos", ((_argumento(p), _explicar(p, ctx)) for p in argumentos))
    ayuda = ("--help, --ayuda, -h", "Enseña esta ayuda y termina.")
    _seccion(hoja, "Opciones", [*((_opcion(p, ctx), _explicar(p, ctx)) for p in opciones), ayuda])
    _seccion(hoja, "Órdenes", ((nombre, ref.ayuda) for nombre, ref in refs.items()))
    if orden.epilog:
        hoja.write_paragraph()
        hoja.write_text(orden.epilog)


def _parrafos(texto: str) -> list[str]:
    """Devuelve los párrafos del docstring; las secciones para programadores (Raises) no se enseñan."""
    parrafos = [" ".join(linea.strip() for linea in parte.splitlines()) for parte in texto.strip().split("\n\n")]
    return [parrafo for parrafo in parrafos if parrafo and not parrafo.startswith("Raises")]


def _seccion(hoja: Any, titulo: str, filas: "Iterable[tuple[str, str]]") -> None:
    filas = list(filas)
    if filas:
        with hoja.section(titulo):
            hoja.write_dl(filas, col_max=_ANCHO_NOMBRE)


def _argumento(parametro: Any) -> str:
    nombre = parametro.metavar or (parametro.name or "").upper()
    return f"{nombre}…" if parametro.nargs == -1 else nombre


def _opcion(parametro: Any, ctx: "click.Context") -> str:
    nombres = ", ".join(parametro.opts)
    if parametro.secondary_opts:
        return f"{nombres} / {', '.join(parametro.secondary_opts)}"
    if parametro.is_flag:
        return nombres
    tipo = parametro.metavar or parametro.display_type(ctx)
    return f"{nombres} {_TIPOS.get(tipo, tipo.strip('<>'))}"


def _explicar(parametro: Any, ctx: "click.Context") -> str:
    notas = []
    valor = parametro.default
    if isinstance(parametro.show_default, str):
        notas.append(f"por defecto: {parametro.show_default}")
    elif valor is not None and valor is not False and valor not in ("", ()) and not callable(valor):
        notas.append(f"por defecto: {valor}")
    if parametro.required:
        notas.append("obligatorio")
    return f"{parametro.help or ''} {'[' + '; '.join(notas) + ']' if notas else ''}".strip()
