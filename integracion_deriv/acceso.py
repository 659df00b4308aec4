"""La puerta de Deriv: elegir la cuenta y conseguir la dirección de un solo uso, o autorizarse en el dialecto v3.

Nunca se abre una cuenta real si no se ha pedido dos veces. La clave viaja solo en la cabecera, sin seguir desvíos.
"""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from dominio.errores import ErrorDetener, ErrorReintentable, ErrorRetroceder, ErrorTimonel
from dominio.instrumentos import Entorno
from integracion_deriv import codec, tramas
from integracion_deriv.config import ConfigDeriv
from integracion_deriv.direcciones import exigir_direccion, exigir_puerta

CAMINO = "/trading/v1/options/accounts"
CAMINO_PUBLICO = "/trading/v1/options/ws/public"


class Cuenta(msgspec.Struct, frozen=True):
    """Una cuenta de Deriv de las que ofrece la clave."""

    id: str
    moneda: str
    real: bool
    activa: bool


SIN_CUENTA = Cuenta("PUBLICA", "USD", real=False, activa=True)


class Acceso:
    """Consigue por dónde entrar. Recuerda la cuenta elegida; cada reconexión pide otra dirección."""

    def __init__(self, config: ConfigDeriv, sesion: aiohttp.ClientSession) -> None:
        self._config = config
        self._sesion = sesion
        self.cuenta: Cuenta | None = None

    async def direccion(self) -> str:
        """Devuelve la dirección del socket para esta vez.

        Raises:
            ErrorConfiguracion: DER-101/111 sin credenciales. ErrorDetener: clave revocada, solo cuentas reales, puerta.
            ErrorReintentable, ErrorRetroceder: la red o la sede no responden ahora.
        """
        if self._config.publica:
            self.cuenta = SIN_CUENTA
            return "ws" + self._config.url_rest.removeprefix("http") + CAMINO_PUBLICO
        self._config.exigir_credenciales()
        if self._config.dialecto == "v3":
            return f"{self._config.url_ws}/websockets/v3?app_id={quote(self._config.app_id, safe='')}&l=ES"
        cuenta = self.cuenta or elegir(await self.cuentas(), self._config)
        respuesta = await self._pedir("POST", f"{CAMINO}/{quote(cuenta.id, safe='')}/otp")
        url = codec.texto(codec.objeto(respuesta, "data").get("url"))
        exigir_puerta(
            exigir_direccion(url, self._config.hosts_permitidos),
            real_permitido=self._config.real_permitido,
            cuenta_real=cuenta.real,
        )
        self.cuenta = cuenta
        return url

    async def cuentas(self) -> tuple[Cuenta, ...]:
        """Devuelve las cuentas que la sede enseña a esta clave."""
        return cuentas_de(await self._pedir("GET", CAMINO))

    def autorizada(self, respuesta: dict[str, Any]) -> Cuenta:
        """Devuelve (y recuerda) la cuenta de una respuesta ``authorize`` del dialecto v3.

        Raises:
            ErrorDetener: DER-104 si no es de demostración y el dinero real no se pidió dos veces.
        """
        datos = codec.objeto(respuesta, "authorize")
        real = codec.entero(datos.get("is_virtual")) != 1
        cuenta = Cuenta(codec.texto(datos.get("loginid")), codec.texto(datos.get("currency")), real, True)
        self.cuenta = elegir((cuenta,), self._config)
        return self.cuenta

    async def _pedir(self, metodo: str, camino: str) -> dict[str, Any]:
        cabeceras = {
            "Authorization": f"Bearer {self._config.token.get_secret_value()}",
            "Deriv-App-ID": self._config.app_id,
        }
        try:
            async with (
                asyncio.timeout(self._config.plazos.rest_s),
                self._sesion.request(
                    metodo, self._config.url_rest + camino, headers=cabeceras, allow_redirects=False
                ) as respuesta,
            ):
                estado, cuerpo = respuesta.status, await respuesta.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as fallo:
            raise sin_red(fallo) from fallo
        if estado >= 300:
            if estado in (400, 404):
                self.cuenta = None  # la cuenta recordada ya no vale: la próxima vez se eligen otra vez
            raise fallo_rest(estado)
        mensaje = tramas.leer(cuerpo)
        if mensaje is None:
            raise ErrorReintentable("DER-207", "Deriv contestó algo que no se entiende.", "Se intentará otra vez.")
        return mensaje


def cuentas_de(respuesta: dict[str, Any]) -> tuple[Cuenta, ...]:
    """Devuelve las cuentas de la respuesta; lo que no diga ``demo`` se trata como real."""
    return tuple(
        Cuenta(
            codec.texto(fila.get("account_id")),
            codec.texto(fila.get("currency")),
            codec.texto(fila.get("account_type")) != "demo",
            codec.texto(fila.get("status")) == "active",
        )
        for fila in codec.filas(respuesta.get("data"))
        if codec.texto(fila.get("account_id"))
    )


def elegir(cuentas: tuple[Cuenta, ...], config: ConfigDeriv) -> Cuenta:
    """Devuelve la cuenta con la que se opera: la configurada, o la primera activa de la clase pedida.

    Raises:
        ErrorDetener: DER-104 si solo hay cuentas reales; DER-105 si la configurada no está o no está activa.
    """
    if config.cuenta is not None:
        propias = [cuenta for cuenta in cuentas if cuenta.id == config.cuenta and cuenta.activa]
        if not propias:
            raise ErrorDetener(
                "DER-105",
                "La cuenta configurada no existe o no está activa.",
                "Revise TIMONEL_DERIV_CUENTA o quítela para usar la primera de demostración.",
            )
        cuentas = tuple(propias)
    quiere_real = config.entorno is Entorno.REAL and config.permitir_real
    validas = [cuenta for cuenta in cuentas if cuenta.activa and cuenta.real == quiere_real]
    if validas:
        return validas[0]
    if quiere_real:
        raise ErrorDetener("DER-105", "No hay ninguna cuenta real activa.", "Revise la cuenta en Deriv.")
    raise ErrorDetener(
        "DER-104",
        "La clave solo da acceso a cuentas reales: no se conecta.",
        "Cree una cuenta de demostración en Deriv y active el acceso de la clave a ella.",
    )


def fallo_rest(estado: int) -> ErrorTimonel:
    """Devuelve el error de dominio de una respuesta REST que no fue bien. 401 y 403 no se arreglan insistiendo."""
    if estado == 401:
        return ErrorDetener(
            "DER-102",
            "Deriv no acepta la clave: está mal escrita o fue revocada.",
            "Cree otra en developers.deriv.com y cambie TIMONEL_DERIV_TOKEN; compruebe también TIMONEL_DERIV_APP_ID.",
            estado=estado,
        )
    if estado == 403:
        return ErrorDetener(
            "DER-103", "La clave no tiene permiso para operar.", "Cree una clave con el permiso «trade».", estado=estado
        )
    if estado == 429:
        return ErrorRetroceder("DER-204", "Deriv pide ir más despacio.", "Se espera antes de insistir.", estado=estado)
    return ErrorReintentable(
        "DER-208", f"Deriv contestó con el estado {estado}.", "Se intentará otra vez.", estado=estado
    )


def sin_red(fallo: BaseException) -> ErrorTimonel:
    """Devuelve el error de dominio de un fallo de red o de un plazo vencido, sin la dirección (lleva secretos)."""
    if isinstance(fallo, aiohttp.WSServerHandshakeError) and fallo.status == 520:
        return ErrorReintentable(
            "DER-209",
            "La API antigua de Deriv (v3) no contesta: puede estar retirada.",
            "Use el dialecto nuevo (TIMONEL_DERIV_DIALECTO=nueva).",
        )
    if isinstance(fallo, aiohttp.WSServerHandshakeError):
        return ErrorReintentable(
            "DER-210", "Deriv no aceptó la dirección de un solo uso.", "Se pedirá otra.", estado=fallo.status
        )
    return ErrorReintentable(
        "DER-201",
        "No hay red o Deriv no responde.",
        "Compruebe la conexión a Internet; se seguirá intentando.",
        causa=type(fallo).__name__,
    )
