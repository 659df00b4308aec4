"""El registro del servidor del panel: a la salida de errores, sin secretos ni enlaces de un solo uso."""

import logging
import re
import sys

from timonel.cli.errores import redactar

_ENLACE = re.compile(r"(/acceso/enlace/)[^/\s\"']+")


class SinSecretos(logging.Formatter):
    """Da formato a una línea (con su traza) y quita de ella los secretos del entorno y las fichas de los enlaces."""

    def format(self, record: logging.LogRecord) -> str:
        """Devuelve la línea ya limpia."""
        return _ENLACE.sub(r"\1•••", redactar(super().format(record)))


def registrar() -> None:
    """Manda los avisos y errores del servidor a la salida de errores. Se puede llamar más de una vez."""
    raiz = logging.getLogger()
    if any(isinstance(manejador.formatter, SinSecretos) for manejador in raiz.handlers):
        return
    manejador = logging.StreamHandler(sys.stderr)
    manejador.setLevel(logging.WARNING)
    manejador.setFormatter(SinSecretos("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    raiz.addHandler(manejador)
