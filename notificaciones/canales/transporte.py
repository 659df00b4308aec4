"""Cómo se llega a Twilio: el transporte de su SDK con otra dirección si se pidió, con plazo y sin reintentos."""

from typing import Any
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient

from dominio.reloj import Reloj
from notificaciones.canales import TardeParaEnviar
from notificaciones.config import OFICIAL


class Transporte(TwilioHttpClient):
    """El del SDK, con otra dirección si se pidió y una puerta que se cierra si el reclamo se hizo viejo."""

    def __init__(self, url: str, plazo_s: float, reloj: Reloj, *, directo: bool) -> None:
        super().__init__(timeout=plazo_s, max_retries=0)
        self.empezar_antes_de: float | None = None
        self._url, self._reloj = url, reloj
        self.session.trust_env = not directo  # a este mismo equipo no se llega por un proxy

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        if self.empezar_antes_de is not None and self._reloj.monotonico() >= self.empezar_antes_de:
            raise TardeParaEnviar
        partes = urlsplit(url)
        destino = url if self._url == OFICIAL else self._url + partes.path + (f"?{partes.query}" * bool(partes.query))
        return super().request(method, destino, *args, **kwargs)
