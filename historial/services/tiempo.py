"""La hora con que se miden los arriendos: la de la base en PostgreSQL, la del arranque del equipo en SQLite.

Con PostgreSQL puede haber varios equipos y solo la base tiene una hora común. Con SQLite hay un solo equipo, y
los segundos desde su arranque no saltan aunque alguien ajuste el reloj ni se paran al suspenderlo. Un reloj que no es
el del sistema (virtual, escalado) manda siempre: así una simulación mide los plazos en su propio tiempo.
"""

from functools import lru_cache
from pathlib import Path

from django.db import connection

from dominio.reloj import Reloj, RelojSistema

BASE_DE_DATOS = "bd"


@lru_cache(maxsize=1)
def identidad_arranque() -> str:
    """Devuelve el identificador de este arranque del equipo: cambia al reiniciar ("" si el sistema no lo da)."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


class HoraArriendo:
    """De dónde sale el «ahora» de los arriendos, como expresión SQL y sus parámetros."""

    def __init__(self, reloj: Reloj) -> None:
        self._reloj = reloj
        self.de_la_base = connection.vendor == "postgresql" and type(reloj) is RelojSistema
        # Un reloj de simulación no comparte base con el del sistema: sus horas no se pueden comparar.
        clase = "" if type(reloj) is RelojSistema else f":{type(reloj).__name__}"
        self.base = BASE_DE_DATOS if self.de_la_base else identidad_arranque() + clase

    def sql(self) -> tuple[str, tuple[float, ...]]:
        """Devuelve la expresión, en segundos, y sus parámetros."""
        if self.de_la_base:
            return "EXTRACT(EPOCH FROM clock_timestamp())::float8", ()
        return "%s", (self._reloj.arranque(),)
