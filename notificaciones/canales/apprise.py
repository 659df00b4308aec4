"""El segundo canal, por Apprise: correo, Telegram, ntfy… Sin lista que consultar: o dijo que sí, o no se sabe."""

from datetime import datetime

from dominio.reloj import Reloj
from notificaciones.canales import Envio, Hallazgo, Mensaje, Reaccion, TardeParaEnviar
from notificaciones.config import APPRISE, ConfigAvisos


class CanalApprise:
    """El canal. ``TIMONEL_APPRISE_URLS``: direcciones de Apprise separadas por espacios, una por destinatario."""

    nombre = APPRISE
    sabe_buscar = False

    def __init__(self, config: ConfigAvisos, reloj: Reloj) -> None:
        self._config, self._reloj = config, reloj

    def enviar(self, mensaje: Mensaje) -> Envio:
        import apprise  # aquí: carga casi doscientos servicios

        direccion = self._config.url_apprise(mensaje.destino)
        envio = apprise.Apprise()
        if direccion is None or not envio.add(direccion.get_secret_value()):
            return Envio(aceptado=False, reaccion=Reaccion.CONFIGURACION, codigo="APPRISE-URL")
        if mensaje.empezar_antes_de is not None and self._reloj.monotonico() >= mensaje.empezar_antes_de:
            raise TardeParaEnviar
        clase = apprise.NotifyType.WARNING if mensaje.urgente else apprise.NotifyType.INFO
        titulo = f"Timonel {mensaje.variables.get('1', '')}".strip()
        try:
            dijo_que_si = envio.notify(body=mensaje.cuerpo, title=titulo, notify_type=clase)
        except (TimeoutError, TypeError, OSError):  # así avisa de una dirección que ya no entiende
            dijo_que_si = False
        if dijo_que_si:
            return Envio(aceptado=True)
        return Envio(aceptado=False, reaccion=Reaccion.RETROCEDER, codigo="APPRISE")

    def buscar(self, mensaje: Mensaje, desde: datetime) -> Hallazgo | None:
        return None

    def consultar(self, sid: str) -> Hallazgo | None:
        return None
