"""La API de mensajes: crear, listar por páginas y leer uno, con los códigos y la forma de error de verdad."""

import asyncio
import base64
import binascii
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from laboratorio.twilio import nombres_fallos as nombres
from laboratorio.twilio.libro import MensajeTwilio

if TYPE_CHECKING:
    from laboratorio.twilio.servidor import ServidorTwilio

VERSION = "2010-04-01"
RAIZ = f"/{VERSION}/Accounts/{{cuenta}}/Messages"
NUMERO = re.compile(r"^whatsapp:\+[1-9][0-9]{6,14}$")
PAGINA, PAGINA_MAX = 50, 1000
LARGO_MAX = 1600
ESPERA_S = 60.0


class Rechazo(Exception):
    """Lo que la API contesta cuando no acepta."""

    def __init__(self, estado: int, codigo: int, mensaje: str) -> None:
        super().__init__(mensaje)
        self.estado, self.codigo, self.mensaje = estado, codigo, mensaje


class Api:
    """Los tres puntos de la API que se usan. Sin nada armado, la cuenta está sana."""

    def __init__(self, servidor: "ServidorTwilio") -> None:
        self._s = servidor

    def rutas(self) -> list[web.RouteDef]:
        """Devuelve las rutas."""
        return [
            web.post(RAIZ + ".json", self._envuelta(self._crear)),
            web.get(RAIZ + ".json", self._envuelta(self._listar)),
            web.get(RAIZ + "/{sid}.json", self._envuelta(self._leer)),
        ]

    def _envuelta(self, atender: Any) -> Any:
        async def manejar(peticion: web.Request) -> web.StreamResponse:
            self._s.peticiones += 1
            try:
                self._autenticar(peticion)
                respuesta: web.StreamResponse = await atender(peticion)
            except Rechazo as no:
                return web.json_response(
                    {
                        "code": no.codigo,
                        "message": no.mensaje,
                        "more_info": f"https://www.twilio.com/docs/errors/{no.codigo}",
                        "status": no.estado,
                    },
                    status=no.estado,
                )
            return respuesta

        return manejar

    def _autenticar(self, peticion: web.Request) -> None:
        s = self._s
        try:
            tipo, _, dado = peticion.headers.get("Authorization", "").partition(" ")
            usuario, _, clave = base64.b64decode(dado, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            tipo = usuario = clave = ""
        esperada = s.token if usuario == s.cuenta else s.claves_api.get(usuario, "")
        if tipo != "Basic" or not esperada or not hmac.compare_digest(clave.encode(), esperada.encode()):
            raise Rechazo(401, 20003, "Authenticate")
        if peticion.match_info["cuenta"] != s.cuenta:
            raise Rechazo(404, 20404, f"The requested resource {peticion.path} was not found")

    # --- crear ---------------------------------------------------------------------------------------------------

    async def _crear(self, peticion: web.Request) -> web.StreamResponse:
        campos = {clave: str(valor) for clave, valor in (await peticion.post()).items()}
        s = self._s
        fallos = s.fallos
        s.espiar("enviado", "POST Messages", campos)
        fallos.sortear()
        for nombre, (estado, codigo, texto) in nombres.ANTES.items():
            if self._toca(nombre):
                raise Rechazo(estado, codigo, texto)
        cuerpo = self._comprobar(campos)
        if self._toca(nombres.ERROR_503):
            return web.Response(status=503)
        if self._toca(nombres.CORTE_ANTES):
            return _cortar(peticion)
        if (datos := fallos.tomar(nombres.LLEGADA_TARDIA)) is not None:
            fallos.anotar(nombres.LLEGADA_TARDIA)
            s.tarea(self._aceptar_luego(campos, cuerpo, datos.get("segundos", 1.0)))
            return _cortar(peticion)
        mensaje = self._aceptar(campos, cuerpo)
        return await self._contestar(peticion, mensaje)

    def _toca(self, nombre: str) -> bool:
        if self._s.fallos.tomar(nombre) is None:
            return False
        self._s.fallos.anotar(nombre)
        return True

    def _comprobar(self, campos: dict[str, str]) -> str:
        """Devuelve el texto que se enviaría. Raises Rechazo con el código de verdad."""
        s, a, de = self._s, campos.get("To", ""), campos.get("From", "")
        if not a:
            raise Rechazo(400, 21604, "A 'To' phone number is required.")
        if not NUMERO.match(a):
            raise Rechazo(400, 21211, f"The 'To' number {a} is not a valid phone number.")
        if not de:
            raise Rechazo(400, 21603, "A 'From' phone number is required.")
        if de != f"whatsapp:{s.remitente}":
            raise Rechazo(400, 63007, "Twilio could not find a Channel with the specified From address")
        if a.removeprefix("whatsapp:") in s.sin_verificar:
            raise Rechazo(400, 21608, f"The number {a} is unverified. Trial accounts cannot send messages to it.")
        if a.removeprefix("whatsapp:") in s.bajas:
            raise Rechazo(400, 21610, "Attempt to send to unsubscribed recipient")
        return self._texto(campos)

    def _texto(self, campos: dict[str, str]) -> str:
        if not campos.get("ContentSid"):
            cuerpo = campos.get("Body", "")
            if not cuerpo:
                raise Rechazo(400, 21619, "A text message body or media urls must be specified.")
            if len(cuerpo) > LARGO_MAX:
                raise Rechazo(400, 21617, f"The concatenated message body exceeds the {LARGO_MAX} character limit.")
            return cuerpo
        texto = self._s.plantillas.get(campos["ContentSid"])
        if texto is None:
            raise Rechazo(400, 21655, f"The ContentSid {campos['ContentSid']} is Invalid")
        try:
            variables = json.loads(campos.get("ContentVariables") or "{}")
            valores = {str(clave): str(valor) for clave, valor in variables.items()}
        except (ValueError, AttributeError):
            raise Rechazo(400, 21656, "The ContentVariables Parameter is invalid") from None
        if any("\n" in valor or not valor for valor in valores.values()):
            raise Rechazo(400, 21656, "The ContentVariables Parameter is invalid")
        for clave, valor in valores.items():
            texto = texto.replace("{{" + clave + "}}", valor)
        return texto

    def _aceptar(self, campos: dict[str, str], cuerpo: str) -> MensajeTwilio:
        s = self._s
        tarde = s.fallos.tomar(nombres.LISTA_TARDE)
        if tarde is not None:
            s.fallos.anotar(nombres.LISTA_TARDE)
        retraso = 0.0 if tarde is None else float(tarde.get("segundos", 0.5))
        mensaje = s.libro.anotar(
            de=campos["From"],
            a=campos["To"],
            cuerpo=cuerpo,
            aviso_url=campos.get("StatusCallback"),
            visible_en=s.reloj.ahora() + timedelta(seconds=retraso),
            plantilla=campos.get("ContentSid"),
            variables=json.loads(campos.get("ContentVariables") or "{}"),
        )
        s.entregas.seguir(mensaje, self._codigo_despues(mensaje))
        return mensaje

    def _codigo_despues(self, mensaje: MensajeTwilio) -> int | None:
        """Devuelve con qué código fallará un mensaje que se acepta, o None si llegará."""
        s, numero = self._s, mensaje.a.removeprefix("whatsapp:")
        for nombre, codigo in nombres.DESPUES.items():
            if self._toca(nombre):
                return codigo
        if numero in s.no_unidos:
            return 63015
        if s.ventana and not mensaje.plantilla and not self._escribio_hoy(mensaje.a):
            return 63016
        return None

    def _escribio_hoy(self, numero: str) -> bool:
        desde = self._s.reloj.ahora() - timedelta(hours=24)
        return any(m.entrante and m.de == numero and m.creado_en > desde for m in self._s.libro.mensajes)

    async def _aceptar_luego(self, campos: dict[str, str], cuerpo: str, segundos: float) -> None:
        await asyncio.sleep(segundos)
        self._aceptar(campos, cuerpo)

    async def _contestar(self, peticion: web.Request, mensaje: MensajeTwilio) -> web.StreamResponse:
        if self._toca(nombres.CORTE_TRAS):
            return _cortar(peticion)
        if self._toca(nombres.ERROR_503_TRAS):
            return web.Response(status=503)
        if self._toca(nombres.JSON_ROTO):
            return web.Response(status=201, text='{"sid": "SM', content_type="application/json")
        if (datos := self._s.fallos.tomar(nombres.PLAZO_TRAS)) is not None:
            self._s.fallos.anotar(nombres.PLAZO_TRAS)
            await asyncio.sleep(float(datos.get("segundos", ESPERA_S)))
        return self._json("POST Messages", self.como_json(mensaje), 201)

    # --- leer ----------------------------------------------------------------------------------------------------

    async def _leer(self, peticion: web.Request) -> web.StreamResponse:
        self._s.espiar("enviado", "GET Messages/{Sid}", {"Sid": peticion.match_info["sid"]})
        mensaje = self._s.libro.buscar(peticion.match_info["sid"])
        if mensaje is None:
            raise Rechazo(404, 20404, f"The requested resource {peticion.path} was not found")
        return self._json("GET Messages/{Sid}", self.como_json(mensaje))

    async def _listar(self, peticion: web.Request) -> web.StreamResponse:
        consulta = dict(peticion.query)
        self._s.espiar("enviado", "GET Messages", consulta)
        if self._toca(nombres.LISTA_503):
            return web.Response(status=503)
        tamano = min(PAGINA_MAX, max(1, _entero(consulta.get("PageSize"), PAGINA)))
        pagina = _entero(consulta.get("Page"), 0)
        token = consulta.get("PageToken", "")
        antes_de = _entero(token.removeprefix("PA"), 0) if token else None
        vistos: list[tuple[int, MensajeTwilio]] = []
        for indice, mensaje in self._s.libro.del_mas_nuevo(consulta.get("To"), antes_de):
            if _cumple(mensaje, consulta):
                vistos.append((indice, mensaje))
            if len(vistos) > tamano:
                break
        hay_mas, vistos = len(vistos) > tamano, vistos[:tamano]
        filtros = {clave: valor for clave, valor in consulta.items() if not clave.startswith("Page")}
        siguiente = {"Page": pagina + 1, "PageToken": f"PA{vistos[-1][0]}"} if hay_mas else None
        cuerpo = {
            "first_page_uri": self._uri(filtros, tamano, {"Page": 0}),
            "previous_page_uri": None,
            "next_page_uri": self._uri(filtros, tamano, siguiente) if siguiente else None,
            "uri": self._uri(filtros, tamano, {"Page": pagina}),
            "page": pagina,
            "page_size": tamano,
            "start": pagina * tamano,
            "end": pagina * tamano + max(0, len(vistos) - 1),
            "messages": [self.como_json(mensaje) for _, mensaje in vistos],
        }
        return self._json("GET Messages", cuerpo)

    def _uri(self, filtros: dict[str, str], tamano: int, mas: dict[str, Any]) -> str:
        return f"{self._s.raiz}.json?" + urlencode({**filtros, "PageSize": tamano, **mas})

    def _json(self, llamada: str, cuerpo: Any, estado: int = 200) -> web.Response:
        self._s.espiar("recibido", llamada, cuerpo)
        return web.json_response(cuerpo, status=estado)

    def como_json(self, mensaje: MensajeTwilio) -> dict[str, Any]:
        """Devuelve el mensaje como lo enseña la API."""
        uri = f"{self._s.raiz}/{mensaje.sid}"
        return {
            "account_sid": self._s.cuenta,
            "api_version": VERSION,
            "body": mensaje.cuerpo,
            "date_created": _rfc2822(mensaje.creado_en),
            "date_sent": _rfc2822(mensaje.enviado_en),
            "date_updated": _rfc2822(mensaje.actualizado_en),
            "direction": "inbound" if mensaje.entrante else "outbound-api",
            "error_code": mensaje.codigo,
            "error_message": None,
            "from": mensaje.de,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": mensaje.sid,
            "status": mensaje.estado,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": mensaje.a,
            "uri": f"{uri}.json",
        }


def _cortar(peticion: web.Request) -> web.Response:
    """Cierra la conexión sin contestar."""
    if peticion.transport is not None:
        peticion.transport.close()
    return web.Response(status=500)


def _rfc2822(momento: datetime | None) -> str | None:
    return None if momento is None else format_datetime(momento.astimezone(UTC))


def _entero(texto: str | None, defecto: int) -> int:
    return int(texto) if texto is not None and texto.isdecimal() else defecto


def _cumple(mensaje: MensajeTwilio, consulta: dict[str, str]) -> bool:
    """Devuelve si un mensaje pasa los filtros From, DateSent, DateSent< y DateSent> (estos, por día u hora)."""
    if "From" in consulta and mensaje.de != consulta["From"]:
        return False
    enviado = mensaje.enviado_en or mensaje.creado_en
    for clave, vale in (
        ("DateSent", lambda a, b: a.date() == b.date()),
        ("DateSent<", lambda a, b: a <= b),
        ("DateSent>", lambda a, b: a >= b),
    ):
        if clave in consulta and not vale(enviado, _momento(consulta[clave])):
            return False
    return True


def _momento(texto: str) -> datetime:
    try:
        leido = datetime.fromisoformat(texto)
    except ValueError:
        raise Rechazo(400, 20001, "Invalid date filter") from None
    return leido if leido.tzinfo else leido.replace(tzinfo=UTC)
