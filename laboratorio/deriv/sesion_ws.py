"""Una conexión WebSocket: recibe, valida, despacha y escribe; y sabe callarse o morir cuando un fallo lo pide."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import WSMsgType, web

from laboratorio.deriv import llamadas, llamadas_contratos
from laboratorio.deriv.dialecto_nuevo import DialectoNuevo
from laboratorio.deriv.flujos import Suscripcion
from laboratorio.deriv.propuestas import PropuestaViva
from laboratorio.deriv.respuestas import Mensaje
from laboratorio.deriv.validacion import defectos
from simulacion.sedes.deriv import Cuenta, Rechazo

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv

LARGO_MAX = 300
_JSON = msgspec.json.Encoder()


class Sesion:
    """Una conexión de cliente. ``clase`` es public, demo, real o v3; ``cuenta`` es None sin identificar."""

    def __init__(
        self,
        servidor: "ServidorDeriv",
        peticion: web.Request,
        dialecto: DialectoNuevo,
        clase: str,
        cuenta: Cuenta | None,
    ) -> None:
        self.servidor = servidor
        self.dialecto = dialecto
        self.clase = clase
        self.cuenta = cuenta
        self.id = servidor.nueva_conexion()
        self.suscripciones: dict[str, Suscripcion] = {}
        self.propuestas: dict[str, PropuestaViva] = {}
        self.sobre_real = False
        self.viva = True
        self.muda = False
        self.sorda = False
        self._ws = web.WebSocketResponse(autoping=False, max_msg_size=1_000_000)
        self._peticion = peticion
        self._cola: deque[tuple[bytes, WSMsgType]] = deque()
        self._hay_algo = asyncio.Event()
        self._ocio: asyncio.TimerHandle | None = None

    # --- vida ----------------------------------------------------------------------------------------------------

    async def atender(self) -> web.WebSocketResponse:
        """Devuelve la respuesta HTTP cuando la conexión se ha acabado."""
        await self._ws.prepare(self._peticion)
        self.servidor.sesiones[self.id] = self
        escritor = asyncio.create_task(self._escribir())
        self.servidor.efectos.al_conectar(self)
        self._vigilar_ocio()
        try:
            async for marco in self._ws:
                await self._recibir(marco)
        finally:
            self._acabar()
            escritor.cancel()
        return self._ws

    def cortar(self) -> None:
        """Corta la conexión sin despedirse (1006): lo que quedara por escribir se pierde."""
        self._acabar()
        if self._peticion.transport is not None:
            self._peticion.transport.abort()

    def cerrar(self, codigo: int = 1000) -> None:
        """Cierra la conexión con un código de WebSocket."""
        if self.viva:
            self._acabar()
            self.servidor.tarea(self._ws.close(code=codigo, drain=False))

    def _acabar(self) -> None:
        if not self.viva:
            return
        self.viva = False
        self._cola.clear()
        if self._ocio is not None:
            self._ocio.cancel()
        for uno in tuple(self.suscripciones.values()):
            self.servidor.flujos.baja(uno)
        self.propuestas.clear()
        self.servidor.sesiones.pop(self.id, None)

    def _vigilar_ocio(self) -> None:
        if self.dialecto.ocio_max_s is not None and self.viva:
            if self._ocio is not None:
                self._ocio.cancel()
            self._ocio = asyncio.get_running_loop().call_later(self.dialecto.ocio_max_s, self.cerrar, 1000)

    # --- entrada -------------------------------------------------------------------------------------------------

    async def _recibir(self, marco: Any) -> None:
        if not self.viva or self.sorda:
            return
        self._vigilar_ocio()
        if marco.type is WSMsgType.PING:
            self._encolar(marco.data, WSMsgType.PONG)
        elif marco.type is WSMsgType.TEXT:
            espera = self.servidor.retraso_s()
            if espera:
                await asyncio.sleep(espera)
            if self.viva:
                self.tratar(marco.data)
        elif marco.type is WSMsgType.BINARY:
            self._fallo({}, "BadRequest", "The application sent an invalid request.", None, "error")

    def tratar(self, texto: str) -> None:
        """Procesa una petición ya recibida."""
        try:
            peticion = msgspec.json.decode(texto)
        except msgspec.DecodeError:
            peticion = None
        if not isinstance(peticion, dict):
            self._fallo({}, "BadRequest", "The application sent an invalid request.", None, "error")
            return
        llamada = next((clave for clave in peticion if clave in self.dialecto.tablas), "")
        try:
            self._despachar(llamada, peticion)
        except Rechazo as rechazo:
            self._fallo(peticion, rechazo.codigo, rechazo.mensaje, rechazo.detalles, llamada or "error")

    def _despachar(self, llamada: str, peticion: Mensaje) -> None:
        if _demasiado_largo(peticion):
            raise Rechazo("SanityCheckFailed", "Sanity check failed: invalid values.")
        if not llamada:
            raise Rechazo("UnrecognisedRequest", "Unrecognised request.")
        malos = defectos(self.dialecto.tablas[llamada], peticion)
        if malos:
            raise Rechazo("InputValidationFailed", f"Input validation failed: {', '.join(malos)}", malos)
        self.servidor.espiar("enviado", self.dialecto.nombre, llamada, peticion)
        if self.cuenta is None and llamada not in llamadas.PUBLICAS:
            raise Rechazo("AuthorizationRequired", "Please log in.")
        self._contar_real(llamada)
        if not self.servidor.cabe(self, llamada):
            if llamada == "buy":
                llamadas_contratos.apuntar(self, None, "RateLimit")
            raise Rechazo("RateLimit", f"You have reached the rate limit for {llamada}.")
        if not self.servidor.efectos.ante_peticion(self, llamada, peticion):
            llamadas.TODAS[llamada](self, peticion)

    def _contar_real(self, llamada: str) -> None:
        real = self.clase == "v3" and self.cuenta is not None and not self.cuenta.es_demo
        if real and not self.sobre_real and llamada not in llamadas.PUBLICAS:
            self.sobre_real = True
            self.servidor.libro.conexiones_a_real += 1

    # --- salida --------------------------------------------------------------------------------------------------

    def sobre(self, peticion: Mensaje, tipo: str, clave: str, valor: Any, flujo: Suscripcion | None = None) -> Mensaje:
        """Devuelve el mensaje completo de una respuesta."""
        eco = {**peticion, "authorize": "<not shown>"} if "authorize" in peticion else peticion
        mensaje: Mensaje = {"echo_req": eco, "msg_type": tipo}
        if valor is not None:
            mensaje[clave] = valor
        for campo in ("req_id", "passthrough"):
            if campo in peticion:
                mensaje[campo] = peticion[campo]
        if flujo is not None:
            mensaje["subscription"] = {"id": flujo.id}
            if clave in ("balance", "transaction", "proposal_open_contract") and isinstance(valor, dict):
                valor["id"] = flujo.id
        return mensaje

    def responder(
        self, peticion: Mensaje, clave: str, valor: Any, flujo: Suscripcion | None = None, tipo: str | None = None
    ) -> None:
        """Contesta a una petición."""
        self.enviar(self.sobre(peticion, tipo or clave, clave, valor, flujo))

    def enviar_flujo(self, uno: Suscripcion, clave: str, valor: Any) -> None:
        """Envía una novedad de una suscripción: repite su petición, su ``req_id`` y su identificador."""
        self.enviar(self.sobre(uno.peticion, clave, clave, valor, uno))

    def fallar(self, peticion: Mensaje, codigo: str, mensaje: str, tipo: str) -> None:
        """Contesta con un error de la sede."""
        self._fallo(peticion, codigo, mensaje, None, tipo)

    def _fallo(self, peticion: Mensaje, codigo: str, texto: str, detalles: Mensaje | None, tipo: str) -> None:
        error: Mensaje = {"code": codigo, "message": texto}
        if detalles:
            error["details"] = detalles
        self.enviar(self.sobre(peticion, tipo, "error", error))

    def enviar(self, mensaje: Mensaje) -> None:
        """Pone un mensaje en la cola de salida; si la conexión está muerta o muda, se pierde."""
        if not self.viva or self.muda:
            return
        self.servidor.espiar("recibido", self.dialecto.nombre, llamada_de(mensaje), mensaje)
        mensaje = self.servidor.efectos.al_salir(self, mensaje)
        self._encolar(_JSON.encode(mensaje), WSMsgType.TEXT)

    def enviar_crudo(self, contenido: bytes, binario: bool = False) -> None:
        """Escribe un marco tal cual, sea o no un mensaje."""
        self._encolar(contenido, WSMsgType.BINARY if binario else WSMsgType.TEXT)

    def _encolar(self, contenido: bytes, tipo: WSMsgType) -> None:
        if self.muda or not self.viva:
            return
        self._cola.append((contenido, tipo))
        self._hay_algo.set()

    async def _escribir(self) -> None:
        try:
            while True:
                await self._hay_algo.wait()
                self._hay_algo.clear()
                while self._cola:
                    contenido, tipo = self._cola.popleft()
                    await self._ws.send_frame(contenido, tipo)
        except (ConnectionError, RuntimeError):
            self.cortar()


def _demasiado_largo(valor: Any) -> bool:
    if isinstance(valor, str):
        return len(valor) > LARGO_MAX
    if isinstance(valor, dict):
        return any(_demasiado_largo(v) for v in valor.values())
    return isinstance(valor, list) and any(_demasiado_largo(v) for v in valor)


def llamada_de(mensaje: Mensaje) -> str:
    """Devuelve la llamada cuyo esquema describe el mensaje; vacía si no se pudo despachar."""
    tipo = mensaje["msg_type"]
    if tipo == "tick":
        return "ticks_history" if "ticks_history" in mensaje["echo_req"] else "ticks"
    if tipo in ("history", "candles", "ohlc"):
        return "ticks_history"
    return "" if tipo == "error" else str(tipo)
