"""Los canales que hay configurados. Se construyen aquí para que lo puro no cargue sus bibliotecas."""

from dominio.reloj import Reloj
from notificaciones.canales import Canal
from notificaciones.config import APPRISE, WHATSAPP, ConfigAvisos


def canales_de(config: ConfigAvisos, reloj: Reloj) -> dict[str, Canal]:
    """Devuelve los canales por su nombre. Uno por hilo: no se comparten."""
    canales: dict[str, Canal] = {}
    if config.hay_whatsapp:
        from notificaciones.canales.whatsapp import CanalWhatsApp

        canales[WHATSAPP] = CanalWhatsApp(config, reloj)
    if config.apprise_urls:
        from notificaciones.canales.apprise import CanalApprise

        canales[APPRISE] = CanalApprise(config, reloj)
    return canales
