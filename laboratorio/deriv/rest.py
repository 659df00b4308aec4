"""La parte HTTP: cuentas, dirección de un solo uso y reposición de la demo."""

import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from laboratorio.deriv.respuestas import Mensaje, numero
from simulacion.sedes.deriv import Cuenta

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv

RAIZ = "/trading/v1/options"
CADUCIDAD_OTP_S = 120


class ErrorRest(Exception):
    """Una respuesta de error HTTP con su código de la sede."""

    def __init__(self, estado: int, codigo: str, mensaje: str) -> None:
        super().__init__(mensaje)
        self.estado, self.codigo, self.mensaje = estado, codigo, mensaje


class Rest:
    """Los puntos REST del servidor."""

    def __init__(self, servidor: "ServidorDeriv") -> None:
        self._servidor = servidor
        self._otps: dict[str, tuple[str, str, int]] = {}  # otp → (cuenta, clase de dirección, creada en ms)

    def rutas(self) -> list[web.RouteDef]:
        """Devuelve las rutas HTTP."""
        return [
            web.get("/trading/v1/health", self._salud),
            web.get(RAIZ + "/accounts", self._proteger(self._cuentas, "get_accounts")),
            web.post(RAIZ + "/accounts", self._proteger(self._crear, "create_account")),
            web.post(RAIZ + "/accounts/{cuenta}/otp", self._proteger(self._otp, "websocket")),
            web.post(
                RAIZ + "/accounts/{cuenta}/reset-demo-balance", self._proteger(self._reponer, "reset_demo_balance")
            ),
        ]

    def gastar_otp(self, otp: str, clase: str) -> Cuenta | None:
        """Devuelve la cuenta de una dirección de un solo uso y la gasta; None si no vale, caducó o es de otra clase."""
        dato = self._otps.pop(otp, None)
        if dato is None:
            return None
        cuenta, de_clase, creada_ms = dato
        vieja = self._servidor.reloj.epoch_ms() - creada_ms > CADUCIDAD_OTP_S * 1000
        return None if vieja or de_clase != clase else self._servidor.libro.cuentas[cuenta]

    def _proteger(
        self, funcion: Callable[[web.Request, str], Awaitable[tuple[int, Any]]], llamada: str
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @functools.wraps(funcion)
        async def atender(peticion: web.Request) -> web.StreamResponse:
            inicio = self._servidor.reloj.epoch_ms()
            await self._servidor.estorbar(peticion)
            meta = {"endpoint": peticion.path, "method": peticion.method, "timing": 0}
            try:
                token = self._identificar(peticion)
                self._servidor.espiar("enviado", "rest", llamada, await _como_mensaje(peticion, llamada))
                estado, datos = await funcion(peticion, token)
            except ErrorRest as error:
                fallo = {"status": error.estado, "code": error.codigo, "message": error.mensaje}
                return _json({"errors": [fallo], "meta": meta}, error.estado)
            meta["timing"] = self._servidor.reloj.epoch_ms() - inicio
            cuerpo = {"data": datos, "meta": meta}
            self._servidor.espiar("recibido", "rest", llamada, cuerpo)
            return _json(cuerpo, estado)

        return atender

    def _identificar(self, peticion: web.Request) -> str:
        servidor = self._servidor
        if not servidor.cabe_rest(peticion.remote or "", peticion.headers.get("Authorization", "")):
            raise ErrorRest(429, "RateLimitExceeded", "Too many requests.")
        caido = servidor.efectos.error_rest()
        if caido is not None:
            raise ErrorRest(*caido)
        if not peticion.headers.get("Deriv-App-ID"):
            raise ErrorRest(401, "Unauthorized", "Deriv-App-ID header is required for PAT tokens")
        clase, _, token = peticion.headers.get("Authorization", "").partition(" ")
        rechazo = servidor.efectos.rechazo_rest(token)
        if rechazo is not None:
            raise ErrorRest(*rechazo)
        if clase != "Bearer" or not servidor.libro.de_token(token):
            raise ErrorRest(401, "Unauthorized", "Invalid or expired token")
        if token in servidor.tokens_sin_permiso:
            raise ErrorRest(403, "AccessDenied", "Insufficient scope: trade is required")
        return token

    async def _salud(self, peticion: web.Request) -> web.StreamResponse:
        await self._servidor.estorbar(peticion)
        return _json("OK", 200)

    async def _cuentas(self, peticion: web.Request, token: str) -> tuple[int, Any]:
        visibles = self._servidor.efectos.cuentas_visibles(self._servidor.libro.de_token(token))
        return 200, [_cuenta(cuenta) for cuenta in visibles]

    async def _crear(self, peticion: web.Request, token: str) -> tuple[int, Any]:
        try:
            cuerpo = msgspec.json.decode(await peticion.read())
        except msgspec.DecodeError:
            cuerpo = None
        bien = isinstance(cuerpo, dict) and cuerpo.get("currency") == "USD" and cuerpo.get("group") == "row"
        if not bien or cuerpo.get("account_type") not in ("demo", "real"):
            raise ErrorRest(400, "ValidationError", "Invalid request body")
        tipo = cuerpo["account_type"]
        for cuenta in self._servidor.libro.de_token(token):
            if cuenta.tipo == tipo and cuenta.estado == "active":
                return 200, _cuenta(cuenta)
        prefijo = "DOT" if tipo == "demo" else "ROT"
        id = f"{prefijo}{90_000_100 + len(self._servidor.libro.cuentas)}"
        balance = 10_000 if tipo == "demo" else 0
        nueva = self._servidor.libro.crear_cuenta(id, tipo=tipo, balance=balance, token=token)
        return 201, _cuenta(nueva)

    async def _otp(self, peticion: web.Request, token: str) -> tuple[int, Any]:
        cuenta = self._propia(peticion, token)
        if cuenta.estado != "active":
            raise ErrorRest(409, "Conflict", "Account is inactive")
        clase = self._servidor.efectos.clase_de_direccion(cuenta)
        otp = self._servidor.azar.hexadecimal(16)
        self._otps[otp] = (cuenta.id, clase, self._servidor.reloj.epoch_ms())
        return 200, {"url": f"{self._servidor.url_ws}{RAIZ}/ws/{clase}?otp={otp}"}

    async def _reponer(self, peticion: web.Request, token: str) -> tuple[int, Any]:
        cuenta = self._propia(peticion, token)
        if not cuenta.es_demo:
            raise ErrorRest(400, "ValidationError", "Only demo accounts can be reset")
        self._servidor.libro.reponer_demo(cuenta.id)
        return 200, {campo: valor for campo, valor in _cuenta(cuenta).items() if campo != "group"}

    def _propia(self, peticion: web.Request, token: str) -> Cuenta:
        cuenta = self._servidor.libro.cuentas.get(peticion.match_info["cuenta"])
        if cuenta is None or cuenta.token != token:
            raise ErrorRest(404, "NotFound", "Account not found")
        return cuenta


async def _como_mensaje(peticion: web.Request, llamada: str) -> Mensaje:
    """Devuelve la petición HTTP con la forma de los esquemas: cabeceras, ruta y cuerpo."""
    cabeceras = {
        n: peticion.headers[n] for n in ("Deriv-App-ID", "Authorization", "Content-Type") if n in peticion.headers
    }
    mensaje: Mensaje = {"headers": cabeceras}
    if "cuenta" in peticion.match_info:
        mensaje["path"] = {"accountId" if llamada == "websocket" else "account_id": peticion.match_info["cuenta"]}
    if llamada == "create_account":
        with contextlib.suppress(msgspec.DecodeError):
            mensaje["body"] = msgspec.json.decode(await peticion.read())
    return mensaje


def _cuenta(cuenta: Cuenta) -> Mensaje:
    return {
        "account_id": cuenta.id,
        "balance": numero(cuenta.balance),
        "currency": cuenta.moneda,
        "group": cuenta.grupo,
        "status": cuenta.estado,
        "account_type": cuenta.tipo,
    }


def _json(cuerpo: Any, estado: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(cuerpo), status=estado, content_type="application/json")
