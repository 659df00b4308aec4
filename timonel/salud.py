"""Sondas de salud de los procesos que no sirven páginas: ``python -m timonel.salud bot NOMBRE`` o ``… trabajos``.

Acaba en 0 si hubo señal de vida hace poco y en 1 si no. Las usan compose.yaml y las unidades de systemd.
"""

import sys
from datetime import datetime, timedelta

VIDA_BOT = timedelta(seconds=60)
VIDA_TRABAJOS = timedelta(seconds=120)
_USO = "Uso: python -m timonel.salud (bot NOMBRE | trabajos)\n"


def principal(args: list[str]) -> int:
    """Devuelve 0 si lo pedido da señales, 1 si no y 2 si no se entiende lo pedido."""
    from dominio.errores import ErrorTimonel
    from dominio.reloj import RelojSistema
    from timonel.arranque import preparar

    if args[:1] not in (["bot"], ["trabajos"]) or len(args) != 1 + (args[0] == "bot"):
        sys.stderr.write(_USO)
        return 2
    try:
        preparar(migrar=False)
        vivo = bot_vivo(args[1], RelojSistema().ahora()) if args[0] == "bot" else trabajos_vivos(RelojSistema().ahora())
    except ErrorTimonel as fallo:
        sys.stderr.write(f"{fallo}\n")
        return 1
    return int(not vivo)


def bot_vivo(nombre: str, ahora: datetime) -> bool:
    """Devuelve si el bot dio su latido hace menos de un minuto."""
    from historial.models import Latido

    return Latido.objects.filter(bot=nombre, en__gt=ahora - VIDA_BOT).exists()


def trabajos_vivos(ahora: datetime) -> bool:
    """Devuelve si algún trabajo de fondo acabó bien hace menos de dos minutos; el pulso se hace cada pocos segundos."""
    from historial.models import Trabajo

    return Trabajo.objects.filter(estado="hecho", terminado_en__gt=ahora - VIDA_TRABAJOS).exists()


if __name__ == "__main__":
    raise SystemExit(principal(sys.argv[1:]))
