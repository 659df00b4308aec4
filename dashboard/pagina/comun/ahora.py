"""La hora de las vistas: un solo sitio, para que las pruebas la pongan."""

from datetime import datetime

from dominio.reloj import Reloj, RelojSistema

_reloj: Reloj = RelojSistema()


def ahora() -> datetime:
    """Devuelve la hora UTC con zona."""
    return _reloj.ahora()
