"""Órdenes que se cargan al pedirlas: saber qué hay no importa ninguna, y una orden solo importa lo suyo."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer import _click as click
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from dominio.errores import ErrorUsuario
from timonel.cli.errores import parecido
from timonel.cli.registro import Ref

_AYUDA = {"help_option_names": ["--help", "--ayuda", "-h"]}


class Orden(TyperCommand):
    """Una orden: ayuda en español y argumentos de más nombrados."""

    def format_help(self, ctx: click.Context, formatter: Any) -> None:
        from timonel.cli.ayuda import escribir

        escribir(self, ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        sobran = super().parse_args(ctx, args)
        if sobran and not ctx.resilient_parsing:
            raise ErrorUsuario("USO-07", f"Sobra «{' '.join(sobran)}».", f"Vea «{ctx.command_path} --help».")
        return sobran


class Grupo(TyperGroup):
    """Un grupo cuyas órdenes salen de una tabla y se importan cuando se usan."""

    def __init__(
        self, nombre: str, ayuda: str, refs: Mapping[str, Ref], epilogo: str = "", por_defecto: str = ""
    ) -> None:
        super().__init__(
            name=nombre,
            help=ayuda,
            epilog=epilogo,
            rich_markup_mode=None,
            no_args_is_help=False,
            context_settings=dict(_AYUDA),
        )
        self.refs = refs
        self.por_defecto = por_defecto

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.refs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        ref = self.refs.get(cmd_name)
        return None if ref is None else construir(cmd_name, ref)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        sin_nombre = not args or (args[0].startswith("-") and args[0] not in _AYUDA["help_option_names"])
        if self.por_defecto and sin_nombre and not ctx.resilient_parsing:
            args = [self.por_defecto, *args]
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.refs and not args[0].startswith("-"):
            pista = parecido(args[0], list(self.refs)) or f"Vea «{ctx.command_path} --help»."
            raise ErrorUsuario("USO-02", f"La orden «{args[0]}» no existe.", pista)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: Any) -> None:
        from timonel.cli.ayuda import escribir

        escribir(self, ctx, formatter)


def construir(nombre: str, ref: Ref) -> click.Command:
    """Devuelve la orden de una entrada de la tabla; importa su módulo si es una hoja."""
    if ref.ordenes:
        return Grupo(nombre, ref.ayuda, ref.ordenes, por_defecto=ref.por_defecto)
    funcion = getattr(import_module(f"timonel.cli.{ref.modulo}"), ref.funcion)
    aplicacion = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    aplicacion.command(nombre, cls=Orden, help=funcion.__doc__, context_settings=dict(_AYUDA))(funcion)
    return get_command(aplicacion)
