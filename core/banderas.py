"""Los ficheros bandera que detienen a los bots: los mismos nombres para quien los pone y quien los mira."""

from pathlib import Path

BANDERA = "ALTO"


def rutas_bandera(datos: Path, bot: str) -> tuple[Path, Path]:
    """Devuelve los ficheros que detienen: el de todos y el del bot."""
    return datos / BANDERA, datos / f"{BANDERA}.{bot}"


def hay_bandera(datos: Path, bot: str) -> bool:
    """Devuelve si alguno está puesto; si no se puede mirar, cuenta como puesto."""
    try:
        return any(ruta.exists() for ruta in rutas_bandera(datos, bot))
    except OSError:
        return True
