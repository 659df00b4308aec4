"""Lo que pasa con un mensaje aceptado: se envía, llega, se lee o falla; y los avisos firmados que lo cuentan."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import ClientError, ClientSession, ClientTimeout
from twilio.request_validator import RequestValidator

from laboratorio.twilio import nombres_fallos as nombres
from laboratorio.twilio.libro import MensajeTwilio

if TYPE_CHECKING:
    from laboratorio.twilio.servidor import ServidorTwilio

PLAZO = ClientTimeout(total=10)


class Entregas:
    """Mueve el estado de cada mensaje y avisa a su StatusCallback. ``respuestas``: los estados HTTP recibidos."""

    def __init__(self, servidor: "ServidorTwilio") -> None:
        self._s = servidor
        self._cliente: ClientSession | None = None
        self.respuestas: list[int] = []

    def seguir(self, mensaje: MensajeTwilio, codigo: int | None) -> None:
        """Empieza la vida de un mensaje aceptado, que acabará con ese código o llegará."""
        self._s.tarea(self._vivir(mensaje, codigo))

    async def _vivir(self, mensaje: MensajeTwilio, codigo: int | None) -> None:
        enviado_s, entregado_s, leido_s = self._s.entrega_s
        if codigo is not None:
            await asyncio.sleep(enviado_s)
            await self._pasar(mensaje, "failed", codigo)
            return
        pasos = [(enviado_s, "sent"), (entregado_s, "delivered"), (leido_s, "read")]
        if self._toca(nombres.AVISO_DESORDENADO):
            pasos[0], pasos[1] = pasos[1], pasos[0]
        for espera, estado in pasos:
            if espera is None:
                return
            await asyncio.sleep(espera)
            await self._pasar(mensaje, estado)

    async def _pasar(self, mensaje: MensajeTwilio, estado: str, codigo: int | None = None) -> None:
        self._s.libro.mover(mensaje, estado, codigo)
        if not self._s.avisar or not mensaje.aviso_url or self._toca(nombres.AVISO_PERDIDO):
            return
        campos = {
            "MessageSid": mensaje.sid,
            "SmsSid": mensaje.sid,
            "MessageStatus": estado,
            "SmsStatus": estado,
            "AccountSid": self._s.cuenta,
            "ApiVersion": "2010-04-01",
            "From": mensaje.de,
            "To": mensaje.a,
            "ChannelPrefix": "whatsapp",
            **({"ErrorCode": str(codigo)} if codigo is not None else {}),
        }
        veces = 2 if self._toca(nombres.AVISO_REPETIDO) else 1
        for _ in range(veces):
            await self.entregar(mensaje.aviso_url, campos)

    def _toca(self, nombre: str) -> bool:
        if self._s.fallos.tomar(nombre) is None:
            return False
        self._s.fallos.anotar(nombre)
        return True

    async def entregar(self, url: str, campos: dict[str, str]) -> tuple[int, str]:
        """Manda un formulario firmado y devuelve (estado HTTP, cuerpo); 0 si nadie contestó."""
        firma = RequestValidator(self._s.token).compute_signature(url, campos)
        if self._cliente is None:
            self._cliente = ClientSession(timeout=PLAZO)
        try:
            async with self._cliente.post(url, data=campos, headers={"X-Twilio-Signature": firma}) as respuesta:
                self.respuestas.append(respuesta.status)
                return respuesta.status, await respuesta.text()
        except (ClientError, TimeoutError, OSError):
            self.respuestas.append(0)
            return 0, ""

    async def recibir(self, numero: str, texto: str, url: str) -> tuple[int, str]:
        """Hace como que ese número escribe al remitente: lo anota y lo manda, firmado, a ``url``."""
        de, a = f"whatsapp:{numero}", f"whatsapp:{self._s.remitente}"
        mensaje = self._s.libro.anotar(de=de, a=a, cuerpo=texto, estado="received", entrante=True)
        campos = {
            "MessageSid": mensaje.sid,
            "SmsMessageSid": mensaje.sid,
            "AccountSid": self._s.cuenta,
            "From": de,
            "To": a,
            "Body": texto,
            "NumMedia": "0",
            "WaId": numero.removeprefix("+"),
            "ApiVersion": "2010-04-01",
        }
        return await self.entregar(url, campos)

    async def cerrar(self) -> None:
        """Suelta la conexión con quien recibe los avisos."""
        if self._cliente is not None:
            await self._cliente.close()
            self._cliente = None
