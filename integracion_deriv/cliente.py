"""El cliente de Deriv: mantiene UNA conexión, la renueva cuando cae y publica lo que la sede cuenta.

Corre en cualquier bucle asyncio (también de tiempo virtual): solo usa temporizadores del bucle. Las peticiones que
mueven dinero no pasan por ``pedir``: salen por ``conexion_viva`` y solo las hace ``broker``.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

import aiohttp

from dominio.azar import Azar
from dominio.errores import ErrorDetener, ErrorPermanente, ErrorReintentable, ErrorRetroceder, ErrorTimonel
from dominio.eventos import ConexionLista, ConexionPerdida
from dominio.ordenes import Aceptacion
from dominio.puertos import Publicar
from dominio.reloj import Reloj, de_epoch_ms
from integracion_deriv import codec, errores, peticiones
from integracion_deriv.acceso import Acceso, sin_red
from integracion_deriv.conexion import Conexion, Observador, SocketDeriv, exigir_bien, perdida
from integracion_deriv.config import ConfigDeriv
from integracion_deriv.hora_sede import HoraSede
from integracion_deriv.peticiones import Peticion
from integracion_deriv.presupuesto import Presupuesto
from integracion_deriv.recepcion import Recepcion
from integracion_deriv.retroceso import Retroceso
from integracion_deriv.tramas import Mensaje
from integracion_deriv.vigilancia import Vigilancia

registro = logging.getLogger("timonel.deriv")
ESTABLE_S = 10.0
INTENTOS_AL_PREPARAR = 2
RETRASO_S = 0.5


class ClienteDeriv:
    """Conexión con Deriv. ``publicar`` recibe los eventos en el hilo del bucle y no debe tardar.

    ``observador`` (pruebas) ve cada trama: «enviado» o «recibido» y sus octetos.
    """

    def __init__(
        self,
        config: ConfigDeriv,
        *,
        reloj: Reloj,
        azar: Azar,
        publicar: Publicar,
        observador: Observador | None = None,
    ) -> None:
        self.config = config
        self.reloj = reloj
        self.detenido: ErrorDetener | None = None
        self.evidencias: dict[str, Aceptacion] = {}
        self.al_conectar: list[Callable[[], None]] = []
        self.hora_sede = HoraSede(reloj)
        self.recepcion = Recepcion(publicar, self.hora_sede)
        self.reconexiones = 0
        self._observador = observador
        self._retroceso = Retroceso(azar, config.plazos.retroceso_max_s)
        self._sesion: aiohttp.ClientSession | None = None
        self._acceso: Acceso | None = None
        self._presupuesto: Presupuesto | None = None
        self._conexion: Conexion | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._primera: asyncio.Future[None] | None = None
        self._cambio = asyncio.Event()
        self._vigilancia = Vigilancia(self)
        self._req_id = 0
        self._generacion = 0
        self._simbolos: dict[str, bool] = {}
        self._tareas: set[asyncio.Task[Any]] = set()

    # ── vida ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def conectar(self, *, insistir: bool = False) -> None:
        """Abre la conexión y vuelve cuando está lista; después se mantiene sola hasta ``cerrar``.

        ``insistir``: si la red falla al principio, sigue intentándolo en vez de lanzar.

        Raises:
            ErrorConfiguracion, ErrorDetener: no se arregla insistiendo. ErrorServicio: no hay red (sin ``insistir``).
        """
        if self._supervisor is not None:
            return
        bucle = asyncio.get_running_loop()
        self._presupuesto = Presupuesto(self.config.dialecto, bucle.time)
        self._sesion = aiohttp.ClientSession(
            ws_response_class=SocketDeriv,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(force_close=True),
        )
        self._acceso = Acceso(self.config, self._sesion)
        self._primera = bucle.create_future()
        self._supervisor = asyncio.create_task(self._supervisar(insistir), name="deriv-conexion")
        try:
            await asyncio.shield(self._primera)
        except BaseException:
            await self.cerrar()
            raise

    async def cerrar(self) -> None:
        """Cierra la conexión y termina todas las tareas del cliente. Se puede llamar dos veces."""
        tarea, self._supervisor = self._supervisor, None
        if tarea is not None:
            tarea.cancel()
            with suppress(asyncio.CancelledError, ErrorTimonel):
                await tarea
        for otra in tuple(self._tareas):
            otra.cancel()
        await asyncio.gather(*self._tareas, return_exceptions=True)
        sesion, self._sesion = self._sesion, None
        if sesion is not None:
            await sesion.close()

    def lanzar(self, trabajo: Coroutine[Any, Any, None]) -> None:
        """Deja corriendo un trabajo que ``cerrar`` terminará."""
        tarea = asyncio.create_task(trabajo)
        self._tareas.add(tarea)
        tarea.add_done_callback(self._tareas.discard)
        tarea.add_done_callback(_contar_fallo)

    async def terminado(self) -> None:
        """Espera a que el cliente deje de intentarlo. Raises ErrorDetener con la causa."""
        if self._supervisor is not None:
            await asyncio.wait([self._supervisor])
        if self.detenido is not None:
            raise self.detenido

    @property
    def lista(self) -> bool:
        """Devuelve si hay conexión abierta y suscrita."""
        return self._conexion is not None and self._conexion.viva

    @property
    def cuenta(self) -> str:
        """Devuelve la cuenta con la que se opera; vacío antes de conectar."""
        elegida = self._acceso.cuenta if self._acceso is not None else None
        return elegida.id if elegida is not None else ""

    @property
    def presupuesto(self) -> Presupuesto:
        """Devuelve el presupuesto de peticiones. Solo existe después de ``conectar``."""
        if self._presupuesto is None:
            raise perdida()
        return self._presupuesto

    def conexion_viva(self) -> Conexion:
        """Devuelve la conexión abierta. Raises ErrorReintentable (DER-203); ErrorDetener si ya no se intenta."""
        if self.detenido is not None:
            raise self.detenido
        if self._conexion is None or not self._conexion.viva:
            raise perdida()
        return self._conexion

    async def esperar_lista(self) -> None:
        """Vuelve cuando hay conexión. Raises ErrorDetener si ya no se va a intentar."""
        while not self.lista:
            if self.detenido is not None:
                raise self.detenido
            self._cambio.clear()
            await self._cambio.wait()

    # ── peticiones ──────────────────────────────────────────────────────────────────────────────────────────────

    async def pedir(self, peticion: Peticion, plazo_s: float | None = None) -> Mensaje:
        """Devuelve la respuesta a una LECTURA o suscripción, con turno, plazo y errores del dominio.

        Raises:
            ErrorReintentable, ErrorRetroceder: leer más tarde. ErrorPermanente: no insistir. ErrorDetener: parar.
        """
        if "buy" in peticion or "sell" in peticion:
            raise ValueError("las órdenes no son lecturas: salen por el broker")
        self.conexion_viva()
        await self.presupuesto.turno(next(iter(peticion)), self.config.plazos.peticion_s)
        return await self._pedir_en(self.conexion_viva(), peticion, plazo_s)

    async def _pedir_en(self, conexion: Conexion, peticion: Peticion, plazo_s: float | None = None) -> Mensaje:
        llamada = next(iter(peticion))
        respuesta = await conexion.pedir(peticion, plazo_s or self.config.plazos.peticion_s)
        codigo = errores.codigo_de(respuesta.get("error"))
        seguidos = 1
        if codigo in errores.DE_RITMO:
            seguidos = self.presupuesto.castigar(llamada, errores.RITMO_PASO_S, errores.RITMO_MAX_S)
        else:
            self.presupuesto.perdonar(llamada)
        if codigo in errores.DE_SESION:
            conexion.cortar("sin autorización")  # al volver a entrar se verá si la clave aún vale
        return exigir_bien(respuesta, seguidos)

    async def suscribir(self, conexion: Conexion, peticion: Peticion) -> Mensaje:
        """Devuelve la respuesta a una petición en una conexión concreta. Estar ya suscrito es estar suscrito."""
        await self.presupuesto.turno(next(iter(peticion)), self.config.plazos.peticion_s)
        try:
            return await self._pedir_en(conexion, peticion)
        except ErrorTimonel as fallo:
            if fallo.detalle.get("codigo_sede") != errores.YA_SUSCRITO:
                raise
            return {}

    async def suscribir_ticks(self, simbolos: tuple[str, ...]) -> None:
        """Suscribe los ticks de esos símbolos, ahora y tras cada reconexión.

        Raises:
            ErrorPermanente: la sede no ofrece alguno. ErrorReintentable: no contestó (se reintentará al reconectar).
        """
        conexion = self.conexion_viva()
        for simbolo in simbolos:
            self._simbolos.setdefault(simbolo, False)  # aunque ahora falle, se volverá a pedir
        fallo: ErrorPermanente | None = None
        for simbolo in simbolos:
            if not self._simbolos[simbolo]:
                try:
                    await self._suscribir_tick(conexion, simbolo)
                except ErrorPermanente as causa:  # uno que no se ofrece no deja sin ticks a los demás
                    fallo = fallo or causa
        if fallo is not None:
            raise fallo

    async def resuscribir(self) -> None:
        """Vuelve a pedir los ticks que no se pudieron suscribir (mercado cerrado, ritmo…). No lanza."""
        with suppress(ErrorTimonel):
            conexion = self.conexion_viva()
            for simbolo in [simbolo for simbolo, suscrito in self._simbolos.items() if not suscrito]:
                with suppress(ErrorTimonel):
                    await self._suscribir_tick(conexion, simbolo)

    async def _suscribir_tick(self, conexion: Conexion, simbolo: str) -> None:
        self._simbolos[simbolo] = False
        self.recepcion.filtro.esperar(simbolo, asyncio.get_running_loop().time())
        await self.suscribir(conexion, peticiones.ticks(simbolo))
        self._simbolos[simbolo] = True

    # ── lo que hace falta apuntar antes de una compra ───────────────────────────────────────────────────────────

    def contexto_de_envio(self) -> dict[str, Any]:
        """Devuelve lo que el diario debe guardar con la intención para poder buscarla luego en la sede.

        ``balance`` y ``ultima_transaccion`` salen de la MISMA fila del extracto: si no, el balance no cuadraría.
        """
        contexto: dict[str, Any] = {"hora_sede_ms": self.hora_sede.epoch_ms()}
        movimiento, saldo = self.recepcion.ultimo_movimiento, self.recepcion.saldo
        if movimiento is not None:
            contexto["balance"] = str(movimiento.balance_despues)
            contexto["ultima_transaccion"] = int(movimiento.transaccion)
        elif saldo is not None:
            contexto["balance"] = str(saldo.balance)
            contexto["ultima_transaccion"] = 0
        return contexto

    # ── supervisor ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _supervisar(self, insistir: bool) -> None:
        while True:
            inicio = asyncio.get_running_loop().time()
            fallo: Exception | None = None
            try:
                motivo = await self._vivir()
            except ErrorTimonel as causa:
                fallo, motivo = causa, str(causa)
            except Exception as causa:
                registro.exception("fallo inesperado en la conexión con Deriv")
                fallo, motivo = causa, type(causa).__name__
            if self._es_el_fin(fallo, insistir):
                return
            self.recepcion.publicar(ConexionPerdida(hora=self.reloj.ahora(), motivo=motivo))
            if asyncio.get_running_loop().time() - inicio > ESTABLE_S and fallo is None:
                self._retroceso.reiniciar()
            espera = self._retroceso.siguiente()
            if isinstance(fallo, ErrorRetroceder):
                espera = max(espera, fallo.esperar_s)
            await asyncio.sleep(espera)

    def _es_el_fin(self, fallo: Exception | None, insistir: bool) -> bool:
        """Devuelve si no hay que volver a intentarlo, y en ese caso se lo dice a quien espere."""
        primera = self._primera
        esperando = primera is not None and not primera.done()
        if isinstance(fallo, ErrorDetener):
            self.detenido = fallo
            if not esperando:
                self.recepcion.publicar(ConexionPerdida(hora=self.reloj.ahora(), motivo=str(fallo)))
            self._cambio.set()
        elif fallo is None or not esperando or (insistir and isinstance(fallo, ErrorReintentable)):
            return False
        if esperando and primera is not None and fallo is not None:
            primera.set_exception(fallo)
        return True

    async def _vivir(self) -> str:
        """Abre una conexión, la prepara y la lee hasta que muere; devuelve por qué murió."""
        conexion = await self._abrir()
        lectura = asyncio.create_task(conexion.leer(), name="deriv-lectura")
        tareas: list[asyncio.Task[None]] = []
        try:
            await self._preparar(conexion)
            self._conexion = conexion
            self._anunciar()
            tareas = [asyncio.create_task(trabajo) for trabajo in self._vigilancia.trabajos(conexion)]
            for tarea in tareas:
                tarea.add_done_callback(_contar_fallo)
            return await lectura
        finally:
            self._conexion = None
            for tarea in (*tareas, lectura):
                tarea.cancel()
            conexion.cortar("cierre del cliente")
            await asyncio.gather(*tareas, lectura, return_exceptions=True)

    async def _abrir(self) -> Conexion:
        if self._acceso is None or self._sesion is None:
            raise perdida()
        url = await self._acceso.direccion()
        try:
            async with asyncio.timeout(self.config.plazos.conexion_s):
                socket = await self._sesion.ws_connect(url, compress=0, decode_text=False, autoping=True)
        except (aiohttp.ClientError, OSError, TimeoutError) as fallo:
            raise sin_red(fallo) from None  # sin la causa: su texto lleva la dirección de un solo uso
        self._generacion += 1
        recepcion = self.recepcion
        return Conexion(
            socket, self._generacion, self._siguiente_id, recepcion.al_tick, recepcion.al_mensaje, self._observador
        )

    async def _preparar(self, conexion: Conexion) -> None:
        """Autoriza (v3), pone en hora y suscribe. Primero los canales de la cuenta: que nada caiga en medio."""
        if self._acceso is None:
            raise perdida()
        if self.config.dialecto == "v3":
            clave = self.config.token.get_secret_value()
            self._acceso.autorizada(await self._pedir_en(conexion, peticiones.autorizar(clave)))
        self.recepcion.cuenta = self.cuenta
        await self.poner_en_hora(conexion)
        if not self.config.publica:
            await self._seguir_cuenta(conexion)
        for simbolo in self._simbolos:
            self._simbolos[simbolo] = False
            with suppress(ErrorTimonel):
                await self._suscribir_tick(conexion, simbolo)
        if not conexion.viva:
            raise perdida()

    async def _seguir_cuenta(self, conexion: Conexion) -> None:
        await self._insistir(conexion, peticiones.movimientos_vivos())
        await self._insistir(conexion, peticiones.balance(suscribir=True))
        extracto = await self._insistir(conexion, peticiones.extracto(limite=1))
        for fila in codec.filas(codec.objeto(extracto, "statement").get("transactions")):
            self.recepcion.apuntar_movimiento(codec.a_movimiento(fila))

    async def _insistir(self, conexion: Conexion, peticion: Peticion) -> Mensaje:
        """Devuelve la respuesta; mientras la conexión viva, un fallo pasajero no obliga a abrir otra."""
        for _ in range(INTENTOS_AL_PREPARAR):
            try:
                return await self.suscribir(conexion, peticion)
            except ErrorReintentable as fallo:
                if not conexion.viva:
                    raise
                await asyncio.sleep(fallo.esperar_s if isinstance(fallo, ErrorRetroceder) else RETRASO_S)
        return await self.suscribir(conexion, peticion)

    def _anunciar(self) -> None:
        reconexion = self._primera is not None and self._primera.done()
        if self._primera is not None and not self._primera.done():
            self._primera.set_result(None)
        self.reconexiones += reconexion
        self._cambio.set()
        self.recepcion.publicar(ConexionLista(hora=self.reloj.ahora(), reconexion=reconexion))
        for gancho in self.al_conectar:
            gancho()

    async def poner_en_hora(self, conexion: Conexion) -> None:
        """Pregunta la hora a la sede y apunta cuánto se aparta de la nuestra."""
        respuesta = await self._pedir_en(conexion, peticiones.hora())
        self.hora_sede.poner(codec.entero(respuesta.get("time")))

    def _siguiente_id(self) -> int:
        self._req_id += 1
        return self._req_id

    def ahora_sede(self) -> datetime:
        """Devuelve la hora que debe de ser en la sede (UTC)."""
        return de_epoch_ms(self.hora_sede.epoch_ms())


def _contar_fallo(tarea: "asyncio.Task[Any]") -> None:
    """Deja escrito por qué murió una tarea: nadie la espera y, si no, moriría en silencio."""
    if not tarea.cancelled() and tarea.exception() is not None:
        registro.error("una tarea de la conexión con Deriv murió", exc_info=tarea.exception())
