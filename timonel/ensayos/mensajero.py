"""Los avisos de un ensayo: la bandeja de verdad y el SDK de verdad contra una Twilio de laboratorio en otro hilo.

La bandeja trabaja en un hilo del ejecutor del bucle, como en producción; mientras trabaja, el tiempo virtual espera.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import connections

from dominio.reloj import Reloj
from laboratorio.twilio.hilo import TwilioEnHilo
from laboratorio.twilio.servidor import ServidorTwilio
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.services.periodicos import pasada

DESTINOS = ("+15005550010", "+15005550011")
TIPOS = ("inicio_operativa", "stop_loss", "fin_de_pausa", "reactivacion", "emergencia", "sin_saldo", "general")


class MensajeroDeLaboratorio:
    """Reparte lo que haya en la bandeja y cuenta lo que el libro de la otra parte aceptó."""

    def __init__(self, servidor: ServidorTwilio, config: ConfigAvisos, reloj: Reloj, tipos: dict[str, str]) -> None:
        self._servidor = servidor
        self._config = config
        self._reloj = reloj
        self._tipos = tipos

    async def repartir(self) -> None:
        """Traduce los eventos nuevos y envía lo que esté pendiente."""
        await asyncio.get_running_loop().run_in_executor(None, self._pasada)

    def _pasada(self) -> None:
        try:
            pasada(self._config, self._reloj)
        finally:
            connections.close_all()  # la conexión es de este hilo, que no tiene quien la cierre

    def aceptados(self) -> list[dict[str, Any]]:
        """Devuelve, del libro de la otra parte, cuántos mensajes aceptó de cada plantilla para cada destinatario."""
        libro = self._servidor.libro
        cuentas = Counter((self._tipos.get(m.plantilla or "", "cuerpo"), m.a) for m in libro.mensajes if not m.entrante)
        return [
            {
                "plantilla": tipo,
                "destinatario": f"destino-{DESTINOS.index(a.removeprefix('whatsapp:')) + 1}",
                "veces": veces,
            }
            for (tipo, a), veces in sorted(cuentas.items())
        ]


@contextmanager
def abrir_mensajero(reloj: Reloj) -> Iterator[MensajeroDeLaboratorio]:
    """Da un mensajero con una plantilla por tipo de aviso y dos destinatarios; al salir, apaga su Twilio."""
    sids = {tipo: "HX" + sha256(tipo.encode()).hexdigest()[:32] for tipo in TIPOS}
    servidor = ServidorTwilio(plantillas=dict.fromkeys(sids.values(), "{{1}} {{2}} {{3}} {{4}} {{5}}"))
    with TwilioEnHilo(servidor):
        variables = servidor.variables(",".join(DESTINOS))
        variables |= {f"TIMONEL_TWILIO_PLANTILLA_{tipo.upper()}": sid for tipo, sid in sids.items()}
        config = desde_entorno(variables)
        yield MensajeroDeLaboratorio(servidor, config, reloj, {sid: tipo for tipo, sid in sids.items()})
