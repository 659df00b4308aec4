"""A quién, desde dónde y con qué plantillas se avisa. Solo del entorno; los secretos no se imprimen nunca. Pura."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from dominio.direcciones import es_bucle_local, exigir_equipo
from dominio.errores import ErrorConfiguracion
from notificaciones.politica import HorasTranquilas

OFICIAL = "https://api.twilio.com"
HOSTS_OFICIALES = frozenset({"api.twilio.com"})
WHATSAPP, APPRISE = "whatsapp", "apprise"
GENERAL = "general"
_PREFIJO_PLANTILLA = "TIMONEL_TWILIO_PLANTILLA_"
# Una por tipo de aviso; la general vale para cualquiera cuando el mensaje suelto no puede salir.
PLANTILLAS = (
    "TIMONEL_TWILIO_PLANTILLA_GENERAL",
    "TIMONEL_TWILIO_PLANTILLA_INICIO_OPERATIVA",
    "TIMONEL_TWILIO_PLANTILLA_STOP_LOSS",
    "TIMONEL_TWILIO_PLANTILLA_FIN_DE_PAUSA",
    "TIMONEL_TWILIO_PLANTILLA_REACTIVACION",
    "TIMONEL_TWILIO_PLANTILLA_SIN_SALDO",
    "TIMONEL_TWILIO_PLANTILLA_EMERGENCIA",
    "TIMONEL_TWILIO_PLANTILLA_FRENO",
    "TIMONEL_TWILIO_PLANTILLA_ORDEN_EN_DUDA",
    "TIMONEL_TWILIO_PLANTILLA_CONEXION_PERDIDA",
    "TIMONEL_TWILIO_PLANTILLA_CONEXION_RECUPERADA",
    "TIMONEL_TWILIO_PLANTILLA_AJENO",
    "TIMONEL_TWILIO_PLANTILLA_RESUMEN_DIARIO",
    "TIMONEL_TWILIO_PLANTILLA_SEGURIDAD",
    "TIMONEL_TWILIO_PLANTILLA_PRUEBA",
)
_EN_FICHERO = {
    "TIMONEL_TWILIO_TOKEN": "TIMONEL_TWILIO_TOKEN_FILE",
    "TIMONEL_TWILIO_SECRETO_API": "TIMONEL_TWILIO_SECRETO_API_FILE",
    "TIMONEL_WHATSAPP_PIN": "TIMONEL_WHATSAPP_PIN_FILE",
}
_NUMERO = re.compile(r"^\+[1-9][0-9]{6,14}$")
_CUENTA = re.compile(r"^AC[0-9a-fA-F]{32}$")
_CLAVE_API = re.compile(r"^SK[0-9a-fA-F]{32}$")
_CONTENIDO = re.compile(r"^HX[0-9a-fA-F]{32}$")
_TRAMO = re.compile(r"^([01]?\d|2[0-3])(?::([0-5]\d))?-([01]?\d|2[0-3])(?::([0-5]\d))?$")


class ConfigAvisos(BaseModel):
    """Todo lo que hace falta para avisar. Sin cuenta o sin destinatarios, el canal de WhatsApp no existe."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)

    url: str = OFICIAL
    cuenta: str = ""
    token: SecretStr = SecretStr("")
    clave_api: str = ""
    secreto_api: SecretStr = SecretStr("")
    remitente: str = ""
    destinos: tuple[str, ...] = Field(default=(), repr=False)
    permitidos: tuple[str, ...] = Field(default=(), repr=False)
    pin: SecretStr = SecretStr("")
    plantillas: dict[str, str] = {}
    url_publica: str = ""
    apprise_urls: tuple[SecretStr, ...] = ()
    tranquilas: HorasTranquilas | None = None
    zona: ZoneInfo = ZoneInfo("America/Bogota")
    hosts_permitidos: tuple[str, ...] = ()
    plazo_s: float = Field(default=10.0, gt=0, le=30)

    @field_validator("destinos", "permitidos")
    @classmethod
    def _numeros(cls, numeros: tuple[str, ...]) -> tuple[str, ...]:
        if any(not _NUMERO.match(numero) for numero in numeros):
            raise ValueError("cada número va como +57…, con prefijo de país y solo cifras")
        if len(set(numeros)) != len(numeros):
            raise ValueError("hay números repetidos")
        return numeros

    @model_validator(mode="after")
    def _coherente(self) -> Self:
        formas = (
            ("cuenta", self.cuenta, _CUENTA),
            ("clave_api", self.clave_api, _CLAVE_API),
            ("remitente", self.remitente, _NUMERO),
            *(("plantillas", sid, _CONTENIDO) for sid in self.plantillas.values()),
        )
        for campo, valor, forma in formas:
            if valor and not forma.match(valor):
                raise ValueError(f"{campo} no tiene su forma")
        exigir_equipo(self.url, HOSTS_OFICIALES, self.hosts_permitidos, codigo="AVI-02", que="Twilio")
        return self

    @property
    def hay_whatsapp(self) -> bool:
        """Devuelve si se puede enviar por WhatsApp."""
        secreto = self.secreto_api if self.clave_api else self.token
        return bool(self.cuenta and secreto.get_secret_value() and self.remitente and self.destinos)

    @property
    def es_laboratorio(self) -> bool:
        """Devuelve si los mensajes no salen de este equipo."""
        return es_bucle_local(urlsplit(self.url).hostname or "")

    @property
    def salidas(self) -> tuple[tuple[str, str], ...]:
        """Devuelve (canal, destino) de cada salida: el primer canal, sus destinatarios en orden; luego, el segundo."""
        primero = [(WHATSAPP, f"destino-{n}") for n in range(1, len(self.destinos) + 1)] if self.hay_whatsapp else []
        return (*primero, *self.salidas_reserva)

    @property
    def salidas_reserva(self) -> tuple[tuple[str, str], ...]:
        """Devuelve las salidas del segundo canal."""
        return tuple((APPRISE, f"apprise-{n}") for n in range(1, len(self.apprise_urls) + 1))

    def numero(self, destino: str) -> str | None:
        """Devuelve el número de una etiqueta, o None si ya no está en el entorno."""
        indice = _indice(destino, "destino-", len(self.destinos))
        return None if indice is None else self.destinos[indice]

    def url_apprise(self, destino: str) -> SecretStr | None:
        """Devuelve la dirección de Apprise de una etiqueta, o None si ya no está en el entorno."""
        indice = _indice(destino, "apprise-", len(self.apprise_urls))
        return None if indice is None else self.apprise_urls[indice]

    def permitido(self, numero: str) -> str | None:
        """Devuelve la etiqueta de un número del que se aceptan órdenes, o None."""
        return f"permitido-{self.permitidos.index(numero) + 1}" if numero in self.permitidos else None

    def plantilla(self, tipo: str, *, forzada: bool = False) -> str:
        """Devuelve la plantilla de ese tipo; ``forzada``: a falta de la suya, la general. Vacía si no hay."""
        return self.plantillas.get(tipo, "") or (self.plantillas.get(GENERAL, "") if forzada else "")


def _indice(etiqueta: str, prefijo: str, cuantos: int) -> int | None:
    numero = etiqueta.removeprefix(prefijo)
    if not etiqueta.startswith(prefijo) or not numero.isdecimal() or not 1 <= int(numero) <= cuantos:
        return None
    return int(numero) - 1


def desde_entorno(variables: Mapping[str, str]) -> ConfigAvisos:
    """Devuelve la configuración que dice el entorno.

    Raises:
        ErrorConfiguracion: AVI-01 con los campos que están mal (nunca sus valores); AVI-02, dirección no permitida;
            AVI-03 si un fichero de secreto no se puede leer.
    """
    leidos: dict[str, Any] = {
        "url": _texto(variables, "TIMONEL_TWILIO_URL").rstrip("/") or OFICIAL,
        "cuenta": _texto(variables, "TIMONEL_TWILIO_CUENTA"),
        "token": _secreto(variables, "TIMONEL_TWILIO_TOKEN"),
        "clave_api": _texto(variables, "TIMONEL_TWILIO_CLAVE_API"),
        "secreto_api": _secreto(variables, "TIMONEL_TWILIO_SECRETO_API"),
        "remitente": _numero(_texto(variables, "TIMONEL_TWILIO_REMITENTE")),
        "destinos": tuple(map(_numero, _lista(variables, "TIMONEL_WHATSAPP_DESTINOS"))),
        "permitidos": tuple(map(_numero, _lista(variables, "TIMONEL_WHATSAPP_PERMITIDOS"))),
        "pin": _secreto(variables, "TIMONEL_WHATSAPP_PIN"),
        "plantillas": _plantillas(variables),
        "url_publica": _texto(variables, "TIMONEL_URL_PUBLICA").rstrip("/"),
        "apprise_urls": tuple(map(SecretStr, _texto(variables, "TIMONEL_APPRISE_URLS").split())),
        "hosts_permitidos": tuple(_lista(variables, "TIMONEL_HOSTS_PERMITIDOS")),
    }
    leidos |= _horas(_texto(variables, "TIMONEL_HORAS_TRANQUILAS"))
    try:
        return ConfigAvisos(**leidos)
    except ValidationError as fallo:
        campos = sorted({".".join(map(str, e["loc"])) or str(e["msg"]).partition(", ")[2] for e in fallo.errors()})
        raise _mal(campos) from None


def _mal(campos: list[str]) -> ErrorConfiguracion:
    return ErrorConfiguracion(
        "AVI-01",
        f"La configuración de los avisos no es válida: {', '.join(campos)}.",
        "Corrija o quite esas variables; docs/avisos.md dice la forma de cada una.",
        campos=campos,
    )


def _texto(variables: Mapping[str, str], nombre: str) -> str:
    return (variables.get(nombre) or "").strip()


def _lista(variables: Mapping[str, str], nombre: str) -> list[str]:
    return [parte.strip() for parte in _texto(variables, nombre).split(",") if parte.strip()]


def _numero(escrito: str) -> str:
    """Devuelve el número sin el prefijo de canal ni separadores."""
    return re.sub(r"[\s().-]", "", escrito.removeprefix("whatsapp:"))


def _plantillas(variables: Mapping[str, str]) -> dict[str, str]:
    puestas = {n: v.strip() for n, v in variables.items() if n.startswith(_PREFIJO_PLANTILLA) and v.strip()}
    if desconocidas := sorted(puestas.keys() - set(PLANTILLAS)):
        raise _mal(desconocidas)
    return {nombre.removeprefix(_PREFIJO_PLANTILLA).lower(): valor for nombre, valor in puestas.items()}


def _horas(escrito: str) -> dict[str, Any]:
    """Devuelve el tramo y la zona de «22:00-07:00 America/Bogota»; la zona se puede callar."""
    if not escrito:
        return {}
    tramo, _, zona = escrito.partition(" ")
    partes = _TRAMO.match(tramo)
    try:
        donde = {"zona": ZoneInfo(zona.strip())} if zona.strip() else {}
    except (KeyError, ValueError, OSError):
        raise _mal(["TIMONEL_HORAS_TRANQUILAS"]) from None
    if partes is None:
        raise _mal(["TIMONEL_HORAS_TRANQUILAS"])
    h1, m1, h2, m2 = (int(parte or 0) for parte in partes.groups())
    return {"tranquilas": HorasTranquilas(h1 * 60 + m1, h2 * 60 + m2), **donde}


def _secreto(variables: Mapping[str, str], nombre: str) -> SecretStr:
    if _texto(variables, nombre):
        return SecretStr(_texto(variables, nombre))
    fichero = _texto(variables, _EN_FICHERO[nombre])
    if not fichero:
        return SecretStr("")
    try:
        return SecretStr(Path(fichero).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "AVI-03", f"El fichero de {_EN_FICHERO[nombre]} no se puede leer.", "Revise el camino y los permisos."
        ) from fallo
