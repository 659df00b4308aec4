"""La Twilio de laboratorio en un hilo aparte: quien la usa llama de forma síncrona, como con la de verdad."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from laboratorio.twilio.servidor import ServidorTwilio

PLAZO_S = 30.0


class TwilioEnHilo:
    """Levanta el servidor al entrar y lo para al salir: ``with TwilioEnHilo(ServidorTwilio()) as servidor``."""

    def __init__(self, servidor: ServidorTwilio, puerto: int = 0) -> None:
        self.servidor = servidor
        self._puerto = puerto
        self._bucle = asyncio.new_event_loop()
        self._hilo = threading.Thread(target=self._bucle.run_forever, name="twilio-laboratorio", daemon=True)

    def __enter__(self) -> ServidorTwilio:
        self._hilo.start()
        self.hacer(self.servidor.iniciar(puerto=self._puerto))
        return self.servidor

    def hacer(self, corrutina: Coroutine[Any, Any, Any]) -> Any:
        """Devuelve lo que da una corrutina del servidor."""
        return asyncio.run_coroutine_threadsafe(corrutina, self._bucle).result(PLAZO_S)

    def __exit__(self, *_: object) -> None:
        try:
            self.hacer(self.servidor.detener())
        finally:
            self._bucle.call_soon_threadsafe(self._bucle.stop)
            self._hilo.join(PLAZO_S)
            self._bucle.close()
