"""El servidor de laboratorio de Deriv: junta libro, protocolo y fallos, y escucha en la propia máquina."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from dominio.azar import Azar, AzarSemilla
from dominio.errores import ErrorServicio
from dominio.reloj import Reloj
from laboratorio.deriv.apagones import Apagones
from laboratorio.deriv.bomba import Bomba
from laboratorio.deriv.dialecto_nuevo import DialectoNuevo
from laboratorio.deriv.dialecto_v3 import DialectoV3
from laboratorio.deriv.fallos import EfectosDeriv
from laboratorio.deriv.flujos import Flujos
from laboratorio.deriv.presupuestos import LIMITES_REST, Presupuestos
from laboratorio.deriv.rest import RAIZ, Rest
from laboratorio.deriv.sesion_ws import Sesion
from simulacion.indices import Indice
from simulacion.sedes.deriv import Contrato, Cuenta, LibroDeriv

Espia = Callable[[str, str, str, Any], None]


class ServidorDeriv:
    """Una Deriv en la propia máquina, con REST, la API nueva y, si se quiere, la v3.

    ``fallos``: los interruptores (``programar``, ``sorteo_por_contrato``, ``cuentas``). ``libro``: lo que de verdad
    pasó. ``latencia``: función que da los segundos que tarda en atender cada petición. ``v3``: «si», «no» o «520»
    (contesta HTTP 520 a quien la pida). ``espia(direccion, dialecto, llamada, mensaje)`` ve cada petición válida
    («enviado») y cada mensaje sano de la sede («recibido»); los dialectos son nueva, v3 y rest.
    """

    def __init__(
        self,
        libro: LibroDeriv,
        reloj: Reloj | None = None,
        *,
        azar: Azar | None = None,
        latencia: Callable[[], float] | None = None,
        v3: str = "si",
        vida_propuesta_s: float = 60.0,
        presupuestos: bool = True,
        espia: Espia | None = None,
    ) -> None:
        self.libro = libro
        self.reloj = reloj or libro.reloj
        self.azar = azar or AzarSemilla("servidor")
        self.latencia = latencia
        self.v3 = v3
        self.vida_propuesta_s = vida_propuesta_s
        self.espia = espia
        self.url_rest = self.url_ws = ""
        self.sesiones: dict[str, Sesion] = {}
        self.tokens_sin_permiso: set[str] = set()
        self.conexiones = 0
        self.efectos = EfectosDeriv(self)
        self.fallos = self.efectos.interruptores
        self.flujos = Flujos(self)
        self.bomba = Bomba(self)
        self.rest = Rest(self)
        self.apagones = Apagones(self)
        self._presupuestos: dict[str, Presupuestos] | None = {} if presupuestos else None
        self._rest = Presupuestos({"ip": "ip", "usuario": "usuario"}, LIMITES_REST)
        self._corredor: web.AppRunner | None = None
        self._sitio: web.TCPSite | None = None
        self._tareas: set[asyncio.Task[Any]] = set()
        self._host, self._puerto = "127.0.0.1", 0
        libro.observadores.append(self.flujos.al_suceder)

    # --- vida ----------------------------------------------------------------------------------------------------

    async def iniciar(self, host: str = "127.0.0.1", puerto: int = 0) -> None:
        """Empieza a escuchar; con ``puerto=0`` elige uno libre. Raises ErrorServicio (LAB-02) si está ocupado."""
        app = web.Application()
        app.add_routes(self.rest.rutas())
        app.router.add_get(RAIZ + "/ws/{clase}", self._ws)
        app.router.add_get("/websockets/v3", self._ws_v3)
        self._corredor = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._corredor.setup()
        self._host, self._puerto = host, puerto
        await self.escuchar()
        self.libro.poner_al_dia()
        for simbolo in self.libro.simbolos_abiertos():
            self.bomba.activar(simbolo)

    async def escuchar(self) -> None:
        """Abre (o vuelve a abrir) el puerto."""
        assert self._corredor is not None
        sitio = web.TCPSite(self._corredor, self._host, self._puerto, reuse_address=True)
        try:
            await sitio.start()
        except OSError as fallo:
            await self._corredor.cleanup()
            texto = f"El puerto {self._puerto} ya está en uso."
            raise ErrorServicio("LAB-02", texto, "Elija otro con --puerto.", causa=str(fallo.errno)) from fallo
        self._sitio = sitio
        self._puerto = self._corredor.addresses[0][1]
        self.url_rest = f"http://{self._host}:{self._puerto}"
        self.url_ws = f"ws://{self._host}:{self._puerto}"

    async def dejar_de_escuchar(self) -> None:
        """Cierra el puerto: quien llame verá la conexión rechazada. Las conexiones abiertas siguen."""
        if self._sitio is not None:
            await self._sitio.stop()
            self._sitio = None

    async def detener(self) -> None:
        """Corta todo y deja de escuchar."""
        self.bomba.parar()
        self.apagones.acabar()
        self.cortar_todas()
        for tarea in tuple(self._tareas):
            tarea.cancel()
        if self._corredor is not None:
            await self._corredor.cleanup()
        if self.flujos.al_suceder in self.libro.observadores:
            self.libro.observadores.remove(self.flujos.al_suceder)

    def cortar_todas(self, cuenta: str | None = None) -> int:
        """Corta las conexiones (todas, o las de una cuenta) y devuelve cuántas eran."""
        elegidas = [s for s in self.sesiones.values() if cuenta is None or (s.cuenta and s.cuenta.id == cuenta)]
        for sesion in elegidas:
            sesion.cortar()
        return len(elegidas)

    def de_cuenta(self, cuenta: str) -> list[Sesion]:
        """Devuelve las conexiones abiertas de una cuenta."""
        return [s for s in self.sesiones.values() if s.cuenta is not None and s.cuenta.id == cuenta]

    # --- conexiones ----------------------------------------------------------------------------------------------

    async def _ws(self, peticion: web.Request) -> web.StreamResponse:
        await self.estorbar(peticion)
        clase = peticion.match_info["clase"]
        if clase == "public":
            return await self._abrir(peticion, DialectoNuevo(), clase, None)
        if clase not in ("demo", "real"):
            return _negar(404, "NotFound", "Unknown path")
        if clase == "real":
            self.libro.conexiones_a_real += 1
        otp = peticion.query.get("otp")
        if not otp:
            return _negar(400, "ValidationError", "OTP parameter is required")
        cuenta = self.rest.gastar_otp(otp, clase)
        if cuenta is None or self.efectos.rechazo_rest(cuenta.token) is not None:
            return _negar(401, "Unauthorized", "Invalid or expired OTP token")
        return await self._abrir(peticion, DialectoNuevo(), clase, cuenta)

    async def _ws_v3(self, peticion: web.Request) -> web.StreamResponse:
        await self.estorbar(peticion)
        if self.v3 == "520":
            return web.Response(status=520, text="error code: 520")
        if self.v3 == "no":
            return _negar(404, "NotFound", "Unknown path")
        if not peticion.query.get("app_id", "").isdigit():
            return _negar(401, "InvalidAppID", "Your app_id is invalid.")
        return await self._abrir(peticion, DialectoV3(), "v3", None)

    async def _abrir(
        self, peticion: web.Request, dialecto: DialectoNuevo, clase: str, cuenta: Cuenta | None
    ) -> web.StreamResponse:
        estado = self.efectos.rechazo_ws(cuenta)
        if estado is not None:
            return _negar(estado, "ServiceUnavailable", "Service is temporarily unavailable")
        return await Sesion(self, peticion, dialecto, clase, cuenta).atender()

    def retraso_s(self) -> float:
        """Devuelve cuánto se tarda en atender una petición que acaba de llegar por una conexión."""
        if self.apagones.modo == "lento":
            return self.apagones.retraso_s
        return self.latencia() if self.latencia is not None else 0.0

    async def estorbar(self, peticion: web.Request) -> None:
        """Aplica el apagón en curso, si lo hay, a una petición que llega."""
        await self.apagones.estorbar(peticion)

    # --- para las piezas -----------------------------------------------------------------------------------------

    def nueva_conexion(self) -> str:
        """Devuelve el nombre de una conexión nueva."""
        self.conexiones += 1
        return f"c{self.conexiones}"

    def indice(self, contrato: Contrato | None) -> Indice | None:
        """Devuelve el índice de un contrato."""
        return self.libro.mercado.indices.get(contrato.pedido.simbolo) if contrato else None

    def cabe(self, sesion: Sesion, llamada: str) -> bool:
        """Devuelve si la petición cabe en el presupuesto de su dueño."""
        if self._presupuestos is None:
            return True
        dialecto = sesion.dialecto
        if dialecto.nombre not in self._presupuestos:
            self._presupuestos[dialecto.nombre] = Presupuestos(dialecto.grupos, dialecto.limites)
        dueno = sesion.cuenta.id if sesion.cuenta else sesion.id
        return self._presupuestos[dialecto.nombre].gastar(dueno, llamada, self.reloj.monotonico())

    def cabe_rest(self, ip: str, usuario: str) -> bool:
        """Devuelve si la llamada REST cabe en los presupuestos de su dirección y de su usuario."""
        ahora = self.reloj.monotonico()
        if self._presupuestos is None:
            return True
        return self._rest.gastar(ip, "ip", ahora) and self._rest.gastar(usuario, "usuario", ahora)

    def espiar(self, direccion: str, dialecto: str, llamada: str, mensaje: Any) -> None:
        """Cuenta un mensaje a quien quiera verlos todos."""
        if self.espia is not None:
            self.espia(direccion, dialecto, llamada, mensaje)

    def tarea(self, corrutina: Coroutine[Any, Any, Any]) -> None:
        """Lanza algo que acaba solo, sin que nadie lo espere."""
        tarea = asyncio.get_running_loop().create_task(corrutina)
        self._tareas.add(tarea)
        tarea.add_done_callback(self._tareas.discard)

    def despues(self, segundos: float, funcion: Callable[[], Any]) -> None:
        """Llama a ``funcion`` dentro de unos segundos de la sede."""
        asyncio.get_running_loop().call_later(segundos, funcion)


def _negar(estado: int, codigo: str, mensaje: str) -> web.Response:
    fallo = {"status": estado, "code": codigo, "message": mensaje}
    return web.json_response({"errors": [fallo], "meta": {}}, status=estado)
