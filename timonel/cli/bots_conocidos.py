"""Qué nombres de bot valen para parar o arrancar: una errata no debe dar una falsa tranquilidad."""

from collections.abc import Collection
from pathlib import Path

from dominio.errores import ErrorUsuario
from timonel.cli.errores import parecido


def exigir_conocido(bot: str, datos: Path, mas: Collection[str] = ()) -> None:
    """Raises ErrorUsuario (BOT-01) si ni hay fichero con ese nombre, ni proceso que lo opere, ni está en ``mas``.

    No lee la base: los que solo existen en ella los da quien la haya leído.
    """
    import bots
    from bots.procesos import leer_pids

    # Las carpetas de bots/registro.py, sin importarlo: trae pydantic, y aquí hay prisa y solo hacen falta los nombres.
    de_serie = Path(bots.__path__[0]) / "definiciones"
    nombres = {ruta.stem for carpeta in (de_serie, datos / "bots") for ruta in carpeta.glob("*.yaml")}
    nombres |= {*leer_pids(datos), *mas}
    if bot not in nombres:
        pista = parecido(bot, sorted(nombres)) or f"Hay: {', '.join(sorted(nombres))}."
        raise ErrorUsuario("BOT-01", f"No existe el bot «{bot}».", f"{pista} Nada ha cambiado.")
