"""Un socket abierto: escribe peticiones, empareja respuestas por ``req_id`` y avisa de lo demás. Nace y muere una vez.

Al cerrarse, todo lo pendiente falla: nadie espera para siempre. No reconecta ni reenvía: eso no es cosa suya.
"""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp

from dominio import puntos_fallo
from dominio.errores import ErrorReintentable, ErrorTimonel
from integracion_deriv import errores, tramas
from integracion_deriv.peticiones import Peticion
from integracion_deriv.tramas import MARCA_TICK, Mensaje, TramaTick

registro = logging.getLogger("timonel.deriv")
# linger: encendido y cero segundos. En Windows son dos enteros cortos.
SIN_DESPEDIDA = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
Observador = Callable[[str, bytes], None]


class Cortada(Exception):
    """La conexión se cerró con la petición ya escrita: de su suerte no se sabe nada."""


class NoEscrita(Exception):
    """No se llegó a escribir un solo byte. ``causa`` es lo que dijo la última comprobación, si fue ella."""

    def __init__(self, causa: Exception | None = None) -> None:
        super().__init__()
        self.causa = causa


class SocketDeriv(aiohttp.ClientWebSocketResponse[bool]):
    """El socket de aiohttp con dos cosas más: saber si aún se puede escribir y cortar sin despedirse."""

    @property
    def escribible(self) -> bool:
        """Devuelve si el transporte admite escribir ahora mismo."""
        transporte = self._conn.transport if self._conn is not None else None
        return not self.closed and transporte is not None and not transporte.is_closing()

    def cortar(self) -> None:
        """Tira la conexión ya: lo que quede en los búferes, tampoco en los del sistema, no sale."""
        transporte = self._conn.transport if self._conn is not None else None
        if transporte is not None:
            abortar(transporte)


def abortar(transporte: asyncio.WriteTransport) -> None:
    """Cierra un transporte olvidando lo escrito que el sistema aún no ha entregado.

    Sin esto el núcleo seguiría intentándolo durante minutos: con la red caída, una compra dada por no colocada podría
    llegar a la sede mucho después.
    """
    enchufe = transporte.get_extra_info("socket")
    if enchufe is not None:
        with suppress(OSError):  # ya estaba cerrado
            enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, SIN_DESPEDIDA)
    transporte.abort()


class Conexion:
    """Una conexión viva. ``siguiente_id`` numera las peticiones sin repetir nunca, tampoco entre conexiones."""

    def __init__(
        self,
        socket: SocketDeriv,
        generacion: int,
        siguiente_id: Callable[[], int],
        al_tick: Callable[[TramaTick], None],
        al_mensaje: Callable[[Mensaje, bool], None],
        observador: Observador | None = None,
    ) -> None:
        self.generacion = generacion
        self.motivo = ""
        self.ilegibles = 0
        self._socket = socket
        self._siguiente_id = siguiente_id
        self._al_tick = al_tick
        self._al_mensaje = al_mensaje
        self._observador = observador
        self._pendientes: dict[int, asyncio.Future[Any]] = {}
        self._abierta = True

    @property
    def viva(self) -> bool:
        """Devuelve si se puede escribir ahora mismo."""
        return self._abierta and self._socket.escribible

    async def leer(self) -> str:
        """Lee hasta que la conexión acaba y devuelve por qué. Solo una tarea puede leer."""
        recibir = self._socket.receive
        try:
            while True:
                trama = await recibir()
                if trama.type is aiohttp.WSMsgType.TEXT:
                    self._recibir(trama.data)
                elif trama.type is aiohttp.WSMsgType.BINARY:
                    self.ilegibles += 1  # Deriv no manda binario: se cuenta y se sigue
                else:
                    return self._cerrar(self.motivo or f"cierre {self._socket.close_code}")
        finally:
            self._cerrar("lectura interrumpida")

    async def pedir(self, peticion: Peticion, plazo_s: float) -> Mensaje:
        """Devuelve la respuesta a una LECTURA o suscripción, también si es un error de la sede.

        Raises:
            ErrorReintentable: DER-202 sin respuesta a tiempo, DER-203 conexión perdida.
        """
        numero, futuro, octetos = self._preparar(peticion)
        try:
            async with asyncio.timeout(plazo_s):
                await self._escribir(octetos)
                respuesta = await futuro
        except TimeoutError:
            raise ErrorReintentable("DER-202", "Deriv no contestó a tiempo.", "Se leerá otra vez.") from None
        except (Cortada, aiohttp.ClientError, OSError):
            raise perdida() from None
        finally:
            self._pendientes.pop(numero, None)
        return self._como_dict(respuesta)

    async def escribir_una_vez(
        self, peticion: Peticion, plazo_s: float, comprobar: Callable[[], None], al_numerar: Callable[[int], None]
    ) -> Mensaje:
        """Escribe UNA vez y devuelve la respuesta, también si es un error de la sede.

        ``comprobar`` se llama en el último instante; entre ella y la escritura no hay ninguna espera.

        Raises:
            NoEscrita: con certeza no salió nada. TimeoutError, Cortada: salió y no se sabe qué pasó.
        """
        if not self.viva:
            raise NoEscrita
        numero, futuro, octetos = self._preparar(peticion)
        al_numerar(numero)
        try:
            try:
                comprobar()
            except Exception as fallo:
                raise NoEscrita(fallo) from fallo
            async with asyncio.timeout(plazo_s):
                await self._escribir(octetos)
                puntos_fallo.pasar("tras_escribir")
                return self._como_dict(await futuro)
        except (aiohttp.ClientError, OSError) as fallo:
            if isinstance(fallo, TimeoutError):
                raise
            raise Cortada from fallo
        finally:
            self._pendientes.pop(numero, None)

    def cortar(self, motivo: str) -> None:
        """Tira la conexión sin despedirse; la lectura acaba sola con ese motivo."""
        self.motivo = self.motivo or motivo
        self._abierta = False
        self._socket.cortar()
        self._soltar_pendientes()

    def _preparar(self, peticion: Peticion) -> tuple[int, "asyncio.Future[Any]", bytes]:
        if not self.viva:
            raise perdida()
        numero = self._siguiente_id()
        futuro: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pendientes[numero] = futuro
        return numero, futuro, tramas.escribir({**peticion, "req_id": numero})

    async def _escribir(self, octetos: bytes) -> None:
        if self._observador is not None:
            self._observador("enviado", octetos)
        # Sin compresión, aiohttp escribe en el transporte antes de su primera espera.
        await self._socket.send_frame(octetos, aiohttp.WSMsgType.TEXT)

    def _recibir(self, trama: bytes) -> None:
        if self._observador is not None:
            self._observador("recibido", trama)
        if MARCA_TICK in trama:
            tick = tramas.leer_tick(trama)
            if tick is not None and not tick.error:
                if tick.req_id in self._pendientes:
                    self._resolver(tick.req_id, tick)
                self._al_tick(tick)
                return
        mensaje = tramas.leer(trama)
        if mensaje is None:
            self.ilegibles += 1
            return
        pedido = self._resolver(mensaje.get("req_id"), mensaje)
        try:
            self._al_mensaje(mensaje, pedido)
        except Exception:  # un mensaje que nadie previó no vale una conexión
            self.ilegibles += 1
            registro.exception("un mensaje de Deriv no se pudo tratar")

    def _resolver(self, numero: object, respuesta: object) -> bool:
        futuro = self._pendientes.pop(numero, None) if isinstance(numero, int) else None
        if futuro is None or futuro.done():
            return False
        futuro.set_result(respuesta)
        return True

    @staticmethod
    def _como_dict(respuesta: Any) -> Mensaje:
        return {"msg_type": "tick"} if isinstance(respuesta, TramaTick) else respuesta

    def _cerrar(self, motivo: str) -> str:
        self.motivo = self.motivo or motivo
        self._abierta = False
        self._soltar_pendientes()
        return self.motivo

    def _soltar_pendientes(self) -> None:
        pendientes, self._pendientes = self._pendientes, {}
        for futuro in pendientes.values():
            if not futuro.done():
                futuro.set_exception(Cortada())
                futuro.exception()  # vista: si nadie la espera ya, no es un error olvidado


def perdida() -> ErrorTimonel:
    """Devuelve el error de quien pide con la conexión caída."""
    return ErrorReintentable("DER-203", "La conexión con Deriv se perdió.", "Se está abriendo otra.")


def exigir_bien(respuesta: Mensaje, seguidos: int = 1) -> Mensaje:
    """Devuelve la respuesta si no trae ``error``; si lo trae, lanza el que corresponde a una lectura."""
    if respuesta.get("error") is not None:
        raise errores.de_lectura(respuesta["error"], seguidos)
    return respuesta
