"""Qué nombres de bot valen para parar o arrancar: una errata no debe dar una falsa tranquilidad."""

from pathlib import Path

from dominio.errores import ErrorUsuario
from timonel.cli.errores import parecido


def exigir_conocido(bot: str, datos: Path) -> None:
    """Raises ErrorUsuario (BOT-01) si ni hay fichero con ese nombre ni proceso que lo opere. No lee la base."""
    import bots
    from bots.procesos import leer_pids

    # Las carpetas de bots/registro.py, sin importarlo: trae pydantic, y aquí hay prisa y solo hacen falta los nombres.
    de_serie = Path(bots.__path__[0]) / "definiciones"
    nombres = {ruta.stem for carpeta in (de_serie, datos / "bots") for ruta in carpeta.glob("*.yaml")}
    nombres |= set(leer_pids(datos))
    if bot not in nombres:
        pista = parecido(bot, sorted(nombres)) or f"Hay: {', '.join(sorted(nombres))}."
        raise ErrorUsuario("BOT-01", f"No existe el bot «{bot}».", f"{pista} Nada ha cambiado.")
