"""Los ficheros de los bots: modelos congelados, claves desconocidas rechazadas, valores por defecto aquí."""

import difflib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dominio.errores import ErrorConfiguracion
from dominio.instrumentos import Entorno, Sede


class _Modelo(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConfigContrato(_Modelo):
    """El contrato que se compra: duración, unidad («t» ticks, «s» segundos) y pago neto mínimo en %."""

    duracion: Annotated[int, Field(ge=1)] = 5
    unidad: Literal["t", "s"] = "t"
    pago_min_pct: Annotated[float, Field(ge=0, le=1000)] = 80.0


class ConfigRegla(_Modelo):
    """Los porcentajes de la regla dinámica. El monto no puede pasar del 0,5 % del balance."""

    monto_pct: Annotated[Decimal, Field(gt=0, le=Decimal("0.5"))] = Decimal("0.5")
    meta_pct: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(1)
    stop_pct: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(1)


class ConfigPausa(_Modelo):
    """La pausa tras el stop: horas exactas, zona local, hora de reserva y muestras que hacen falta."""

    horas: Annotated[float, Field(gt=0, le=168)] = 24.0
    zona: str = "America/Bogota"
    hora_reserva: Annotated[int, Field(ge=0, le=23)] | None = None
    min_muestras: Annotated[int, Field(ge=1)] = 20
    espera_max_h: Annotated[float, Field(ge=0, le=168)] = 24.0
    sin_hora: Literal["operar_igual", "seguir_pausado"] = "operar_igual"

    @field_validator("zona")
    @classmethod
    def _zona_existe(cls, valor: str) -> str:
        try:
            ZoneInfo(valor)
        except (ZoneInfoNotFoundError, ValueError) as fallo:
            raise ValueError(f"«{valor}» no es una zona horaria (ejemplo: America/Bogota)") from fallo
        return valor


class ConfigPesos(_Modelo):
    """Cuánto pesa cada componente del conjunto; 0 lo apaga."""

    cruce_ema: Annotated[float, Field(ge=0)] = 1.0
    rsi: Annotated[float, Field(ge=0)] = 1.0
    macd: Annotated[float, Field(ge=0)] = 1.0
    bollinger: Annotated[float, Field(ge=0)] = 1.0
    momento: Annotated[float, Field(ge=0)] = 1.0


class ConfigSenales(_Modelo):
    """El conjunto técnico: escalas, pesos, umbral de la señal cruda, calibración y elección.

    ``componentes`` cambia los parámetros de cada uno (por ejemplo ``rsi: {periodo: 21}``).
    """

    umbral_senal: Annotated[float, Field(ge=0, lt=1)] = 0.10
    exigir_ventaja: bool | None = None
    aceptar_esperanza_negativa: bool = False
    edad_max_ms: Annotated[int, Field(ge=500)] = 6000
    ticks_calentamiento: Annotated[int, Field(ge=200, le=5000)] = 2000
    vela_s: Annotated[int, Field(ge=5, le=3600)] = 60
    peso_ticks: Annotated[float, Field(ge=0)] = 0.6
    peso_velas: Annotated[float, Field(ge=0)] = 0.4
    pesos: ConfigPesos = ConfigPesos()
    componentes: dict[Literal["cruce_ema", "rsi", "macd", "bollinger", "momento"], dict[str, float | int]] = {}
    pseudo_operaciones: Annotated[float, Field(gt=0)] = 400.0


class ConfigBot(_Modelo):
    """Un bot de la familia ``deriv_dinamico``, tal como está en su fichero YAML."""

    nombre: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    familia: Literal["deriv_dinamico"]
    sede: Sede = Sede.DERIV
    entorno: Entorno = Entorno.SIMULADO
    moneda: str = "USD"
    activos: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    contrato: ConfigContrato = ConfigContrato()
    regla: ConfigRegla = ConfigRegla()
    pausa: ConfigPausa = ConfigPausa()
    senales: ConfigSenales = ConfigSenales()

    @model_validator(mode="after")
    def _ventaja_en_real(self) -> "ConfigBot":
        sin_ventaja = not self.exige_ventaja
        if self.entorno is Entorno.REAL and sin_ventaja and not self.senales.aceptar_esperanza_negativa:
            raise ValueError(
                "con dinero real ponga senales.exigir_ventaja: true, o aceptar_esperanza_negativa: true a sabiendas"
            )
        if len(set(self.activos)) != len(self.activos):
            raise ValueError("hay activos repetidos")
        return self

    @property
    def exige_ventaja(self) -> bool:
        """Devuelve si una entrada debe demostrar ventaja: lo configurado; si no se dijo, solo con dinero real."""
        elegido = self.senales.exigir_ventaja
        return self.entorno is Entorno.REAL if elegido is None else elegido


def leer_bot(ruta: Path) -> ConfigBot:
    """Devuelve la configuración de un fichero de bot.

    Raises:
        ErrorConfiguracion: CFG-01 si no se puede leer, CFG-02 si no es YAML, CFG-03 si sobra o falta algo.
    """
    return validar_bot(leer_definicion(ruta), ruta.name)


def leer_definicion(ruta: Path) -> dict[str, Any]:
    """Devuelve lo que dice un fichero de bot, sin validar.

    Raises:
        ErrorConfiguracion: CFG-01 si no se puede leer, CFG-02 si no es YAML.
    """
    try:
        datos = yaml.safe_load(ruta.read_text(encoding="utf-8"))
    except OSError as fallo:
        raise ErrorConfiguracion("CFG-01", f"No se puede leer {ruta.name}.", "Compruebe que existe.") from fallo
    except (yaml.YAMLError, ValueError) as fallo:  # ValueError: no es UTF-8, o una fecha imposible
        raise ErrorConfiguracion(
            "CFG-02", f"{ruta.name} no es YAML válido.", "Revise sangrías y dos puntos."
        ) from fallo
    if not isinstance(datos, dict):
        raise ErrorConfiguracion("CFG-02", f"{ruta.name} está vacío o no es una lista de claves.", "Vea el de ejemplo.")
    return datos


def validar_bot(datos: dict[str, Any], nombre: str) -> ConfigBot:
    """Devuelve la configuración validada. Raises ErrorConfiguracion (CFG-03) con cada clave mala y la parecida."""
    try:
        return ConfigBot.model_validate(datos)
    except ValidationError as fallo:
        lineas = [_explicar(error["loc"], error["type"], error["msg"]) for error in fallo.errors()]
        raise ErrorConfiguracion(
            "CFG-03", f"{nombre} no es válido: {'; '.join(lineas)}.", "Corrija el fichero y repita."
        ) from fallo


def errores_por_campo(datos: dict[str, Any]) -> dict[str, str]:
    """Devuelve la frase de cada clave mala («regla.monto_pct»); la clave «» es del conjunto. Vacío si vale."""
    try:
        ConfigBot.model_validate(datos)
    except ValidationError as fallo:
        return {
            ".".join(map(str, error["loc"])): _explicar(error["loc"], error["type"], error["msg"])
            for error in fallo.errors()
        }
    return {}


_MENSAJES = {
    "missing": "falta",
    "extra_forbidden": "no existe",
    "greater_than": "es demasiado pequeño",
    "greater_than_equal": "es demasiado pequeño",
    "less_than_equal": "es demasiado grande",
    "int_parsing": "debe ser un número entero",
    "float_parsing": "debe ser un número",
    "decimal_parsing": "debe ser un número",
    "bool_parsing": "debe ser true o false",
    "string_type": "debe ser un texto",
    "enum": "no es uno de los valores permitidos",
    "literal_error": "no es uno de los valores permitidos",
    "too_short": "está vacío",
    "string_pattern_mismatch": "solo admite minúsculas, cifras y _",
}


def _explicar(lugar: tuple[int | str, ...], tipo: str, mensaje: str) -> str:
    """Devuelve la frase en español de un error de validación."""
    clave = ".".join(str(parte) for parte in lugar) or "el fichero"
    if tipo == "value_error":
        return f"«{clave}»: {mensaje.removeprefix('Value error, ')}"
    frase = f"«{clave}» {_MENSAJES.get(tipo, 'no tiene un valor válido')}"
    parecida = difflib.get_close_matches(str(lugar[-1]), _claves(lugar[:-1]), n=1) if tipo == "extra_forbidden" else []
    return f"{frase} (¿quiso decir «{parecida[0]}»?)" if parecida else frase


def _claves(lugar: tuple[int | str, ...]) -> list[str]:
    """Devuelve las claves que admite el modelo que está en ``lugar``."""
    modelo: type[BaseModel] = ConfigBot
    for parte in lugar:
        campo = modelo.model_fields.get(str(parte))
        tipos = [campo.annotation, *get_args(campo.annotation)] if campo else []
        siguientes = [tipo for tipo in tipos if isinstance(tipo, type) and issubclass(tipo, BaseModel)]
        if not siguientes:
            return []
        modelo = siguientes[0]
    return list(modelo.model_fields)
