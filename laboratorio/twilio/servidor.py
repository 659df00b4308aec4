"""El servidor de laboratorio de Twilio: escucha en la propia máquina y habla como ``api.twilio.com``."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from dominio.azar import Azar, AzarSemilla
from dominio.errores import ErrorServicio
from dominio.reloj import Reloj, RelojSistema
from laboratorio.fallos import Interruptores
from laboratorio.twilio.api import RAIZ, Api
from laboratorio.twilio.entregas import Entregas
from laboratorio.twilio.libro import LibroTwilio
from laboratorio.twilio.nombres_fallos import PASAJEROS, TODOS

CUENTA = "AC" + "0" * 31 + "1"
TOKEN = "clave-de-laboratorio-twilio"  # noqa: S105 - solo la entiende este servidor
REMITENTE = "+15005550006"
PLANTILLA = "HX" + "0" * 31 + "1"
TEXTO_PLANTILLA = "Timonel {{1}}. {{2}} Ya hecho: {{3}} Le toca: {{4}} (Ref. {{5}})"
Espia = Callable[[str, str, Any], None]


class ServidorTwilio:
    """Una cuenta de Twilio con un remitente de WhatsApp.

    ``fallos``: los interruptores; ``libro``: lo que de verdad se aceptó. ``plantillas``: texto de cada ContentSid.
    ``ventana``: si un mensaje suelto a quien no escribió en 24 horas falla después con 63016. ``bajas``,
    ``sin_verificar`` y ``no_unidos``: números que no pueden recibir. ``avisar``: si manda avisos de entrega, a los
    ``entrega_s`` segundos (enviado, entregado, leído). ``espia(direccion, llamada, datos)`` ve cada petición con
    credenciales buenas («enviado») y cada respuesta buena («recibido»).
    """

    def __init__(
        self,
        libro: LibroTwilio | None = None,
        reloj: Reloj | None = None,
        *,
        azar: Azar | None = None,
        cuenta: str = CUENTA,
        token: str = TOKEN,
        remitente: str = REMITENTE,
        claves_api: dict[str, str] | None = None,
        plantillas: dict[str, str] | None = None,
        ventana: bool = False,
        avisar: bool = True,
        entrega_s: tuple[float, float, float | None] = (0.05, 0.1, None),
        espia: Espia | None = None,
    ) -> None:
        self.reloj = reloj or (libro.reloj if libro is not None else RelojSistema())
        self.azar = azar or AzarSemilla("twilio")
        self.libro = libro or LibroTwilio(self.reloj, self.azar)
        self.cuenta, self.token, self.remitente = cuenta, token, remitente
        self.claves_api = claves_api or {}
        self.plantillas = {PLANTILLA: TEXTO_PLANTILLA} if plantillas is None else plantillas
        self.ventana = ventana
        self.bajas: set[str] = set()
        self.sin_verificar: set[str] = set()
        self.no_unidos: set[str] = set()
        self.avisar, self.entrega_s = avisar, entrega_s
        self.espia = espia
        self.peticiones = 0
        self.url = ""
        self.fallos = Interruptores(TODOS, self.azar, PASAJEROS)
        self.entregas = Entregas(self)
        self._api = Api(self)
        self._corredor: web.AppRunner | None = None
        self._tareas: set[asyncio.Task[Any]] = set()

    async def iniciar(self, host: str = "127.0.0.1", puerto: int = 0) -> None:
        """Empieza a escuchar; con ``puerto=0`` elige uno libre. Raises ErrorServicio (LAB-02) si está ocupado."""
        app = web.Application()
        app.add_routes(self._api.rutas())
        self._corredor = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._corredor.setup()
        try:
            await web.TCPSite(self._corredor, host, puerto, reuse_address=True).start()
        except OSError as fallo:
            await self._corredor.cleanup()
            texto = f"El puerto {puerto} ya está en uso."
            raise ErrorServicio("LAB-02", texto, "Elija otro con --puerto.", causa=str(fallo.errno)) from fallo
        self.url = f"http://{host}:{self._corredor.addresses[0][1]}"

    async def detener(self) -> None:
        """Corta lo pendiente, guarda el libro y deja de escuchar."""
        for tarea in tuple(self._tareas):
            tarea.cancel()
        await asyncio.gather(*self._tareas, return_exceptions=True)
        await self.entregas.cerrar()
        if self._corredor is not None:
            await self._corredor.cleanup()
        self.libro.guardar()

    def variables(self, destinos: str = "+15005550010,+15005550011") -> dict[str, str]:
        """Devuelve las variables de entorno con que Timonel avisa aquí."""
        return {
            "TIMONEL_TWILIO_URL": self.url,
            "TIMONEL_TWILIO_CUENTA": self.cuenta,
            "TIMONEL_TWILIO_TOKEN": self.token,
            "TIMONEL_TWILIO_REMITENTE": self.remitente,
            "TIMONEL_TWILIO_PLANTILLA_GENERAL": PLANTILLA,
            "TIMONEL_WHATSAPP_DESTINOS": destinos,
        }

    def tarea(self, corrutina: Coroutine[Any, Any, Any]) -> None:
        """Lanza algo que acaba solo, sin que nadie lo espere."""
        tarea = asyncio.get_running_loop().create_task(corrutina)
        self._tareas.add(tarea)
        tarea.add_done_callback(self._tareas.discard)

    async def asentar(self) -> None:
        """Espera a que todo lo aceptado acabe su vida y sus avisos lleguen."""
        while self._tareas:
            await asyncio.gather(*self._tareas, return_exceptions=True)

    def espiar(self, direccion: str, llamada: str, datos: Any) -> None:
        """Cuenta un mensaje a quien quiera verlos todos."""
        if self.espia is not None:
            self.espia(direccion, llamada, datos)

    @property
    def raiz(self) -> str:
        """Devuelve el camino de los mensajes de la cuenta."""
        return RAIZ.format(cuenta=self.cuenta)
