"""Cómo se llega a Deriv: direcciones, credenciales, dialecto y plazos. Inmutable; una clave desconocida es un error."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from dominio.errores import ErrorConfiguracion
from dominio.instrumentos import Entorno
from integracion_deriv.direcciones import HOSTS_OFICIALES, URL_REST, URL_WS, exigir_direccion, partir

Dialecto = Literal["nueva", "v3"]
_VERDADES = frozenset({"1", "true", "si", "sí", "yes"})


class Plazos(BaseModel):
    """Segundos que se espera a cada cosa. Nada espera para siempre."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peticion_s: float = Field(default=10.0, gt=0)
    compra_s: float = Field(default=15.0, gt=0)
    rest_s: float = Field(default=10.0, gt=0)
    conexion_s: float = Field(default=15.0, gt=0)
    latido_cada_s: float = Field(default=25.0, gt=0)
    latido_s: float = Field(default=10.0, gt=0)
    retroceso_max_s: float = Field(default=30.0, gt=0)


class ConfigDeriv(BaseModel):
    """Todo lo que el cliente necesita saber. ``token`` no aparece nunca al imprimir ni al registrar.

    ``url_ws`` solo la usa el dialecto ``v3``: en el nuevo, la dirección del socket la da la sede, de un solo uso.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url_rest: str = URL_REST
    url_ws: str = URL_WS
    app_id: str = ""
    token: SecretStr = SecretStr("")
    cuenta: str | None = None
    dialecto: Dialecto = "nueva"
    entorno: Entorno = Entorno.DEMO
    permitir_real: bool = False
    hosts_permitidos: tuple[str, ...] = ()
    plazos: Plazos = Plazos()

    @model_validator(mode="after")
    def _direcciones(self) -> Self:
        for url in (self.url_rest, self.url_ws):
            exigir_direccion(url, self.hosts_permitidos)
        usada = self.url_ws if self.dialecto == "v3" else self.url_rest
        if self.entorno is Entorno.SIMULADO and partir(usada).hostname in HOSTS_OFICIALES:
            raise ErrorConfiguracion(
                "DER-003", "El entorno simulado no se conecta a Deriv.", "Apunte TIMONEL_DERIV_REST_URL al laboratorio."
            )
        return self

    @property
    def real_permitido(self) -> bool:
        """Devuelve si el dinero real se ha pedido las dos veces."""
        return self.entorno is Entorno.REAL and self.permitir_real

    @property
    def publica(self) -> bool:
        """Devuelve si basta el canal público: en papel y sin clave solo se leen precios y cotizaciones."""
        return self.entorno is Entorno.PAPEL and self.dialecto == "nueva" and not self.token.get_secret_value()

    @classmethod
    def crear(cls, **valores: Any) -> Self:
        """Devuelve la configuración validada.

        Raises:
            ErrorConfiguracion: DER-004 con los campos que están mal (nunca sus valores); DER-001…003, direcciones.
        """
        try:
            return cls(**valores)
        except ValidationError as fallo:
            campos = sorted({".".join(str(parte) for parte in e["loc"]) or "(todo)" for e in fallo.errors()})
            raise ErrorConfiguracion(
                "DER-004",
                f"La configuración de Deriv no es válida: {', '.join(campos)}.",
                "Corrija o quite esos campos.",
                campos=campos,
            ) from None

    def exigir_credenciales(self) -> None:
        """Raises ErrorConfiguracion: DER-101 sin clave, DER-111 sin identificador de aplicación."""
        if not self.token.get_secret_value():
            raise ErrorConfiguracion(
                "DER-101",
                "Falta la clave de Deriv.",
                "Cree una clave de acceso en developers.deriv.com y póngala en TIMONEL_DERIV_TOKEN "
                "(o su fichero en TIMONEL_DERIV_TOKEN_FILE).",
            )
        if not self.app_id:
            raise ErrorConfiguracion(
                "DER-111",
                "Falta el identificador de aplicación de Deriv.",
                "Registre una aplicación en developers.deriv.com y ponga su número en TIMONEL_DERIV_APP_ID.",
            )


def desde_entorno(variables: Mapping[str, str] | None = None, /, **valores: Any) -> ConfigDeriv:
    """Devuelve la configuración con lo que diga el entorno por encima de ``valores``.

    Raises:
        ErrorConfiguracion: DER-004 y las de las direcciones; DER-005 si el fichero de la clave no se puede leer.
    """
    variables = os.environ if variables is None else variables
    leidos: dict[str, Any] = dict(valores)
    for variable, campo in (
        ("TIMONEL_DERIV_REST_URL", "url_rest"),
        ("TIMONEL_DERIV_WS_URL", "url_ws"),
        ("TIMONEL_DERIV_APP_ID", "app_id"),
        ("TIMONEL_DERIV_CUENTA", "cuenta"),
        ("TIMONEL_DERIV_DIALECTO", "dialecto"),
    ):
        if variables.get(variable):
            leidos[campo] = variables[variable].strip()
    clave = _clave(variables)
    if clave:
        leidos["token"] = SecretStr(clave)
    if variables.get("TIMONEL_HOSTS_PERMITIDOS"):
        nombres = variables["TIMONEL_HOSTS_PERMITIDOS"].split(",")
        leidos["hosts_permitidos"] = tuple(nombre.strip() for nombre in nombres if nombre.strip())
    if "TIMONEL_PERMITIR_REAL" in variables:
        leidos["permitir_real"] = variables["TIMONEL_PERMITIR_REAL"].strip().lower() in _VERDADES
    return ConfigDeriv.crear(**leidos)


def _clave(variables: Mapping[str, str]) -> str:
    if variables.get("TIMONEL_DERIV_TOKEN"):
        return variables["TIMONEL_DERIV_TOKEN"].strip()
    fichero = variables.get("TIMONEL_DERIV_TOKEN_FILE")
    if not fichero:
        return ""
    try:
        return Path(fichero).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "DER-005", "El fichero de TIMONEL_DERIV_TOKEN_FILE no se puede leer.", "Revise el camino y los permisos."
        ) from fallo
