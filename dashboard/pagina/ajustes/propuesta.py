"""De lo tecleado a una propuesta: definición nueva, fallos por campo, qué cambia y si sube el riesgo."""

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from pydantic import ValidationError

from core.configuracion import ConfigBot
from core.definiciones.riesgo import motivos_de_riesgo
from dashboard.pagina.ajustes.parametros import TODOS, Parametro, en_pantalla, en_texto, legible, valor_en
from dominio.instrumentos import Entorno


class Cambio(msgspec.Struct, frozen=True):
    """Un parámetro que cambia, en palabras."""

    lugar: str
    nombre: str
    antes: str
    despues: str
    arriesga: bool


class Propuesta(msgspec.Struct, frozen=True):
    """Lo que se propone guardar. ``fallos`` va por el lugar del parámetro; «» es del conjunto."""

    definicion: dict[str, Any]
    textos: dict[str, str]
    fallos: dict[str, str]
    cambios: list[Cambio]

    @property
    def arriesga(self) -> bool:
        """Devuelve si algún cambio sube el riesgo."""
        return any(cambio.arriesga for cambio in self.cambios)

    @property
    def con_dinero(self) -> bool:
        """Devuelve si lo propuesto sale de lo simulado."""
        return self.definicion.get("entorno") != Entorno.SIMULADO

    def solo_lo_nuevo(self) -> dict[str, Any]:
        """Devuelve lo que hay que guardar: los parámetros que cambian, cada uno en su lugar, y nada más."""
        nuevos: dict[str, Any] = {}
        for cambio in self.cambios:
            _poner(nuevos, cambio.lugar, valor_en(self.definicion, cambio.lugar))
        return nuevos


def proponer(vigente: dict[str, Any], tecleado: Mapping[str, str]) -> Propuesta:
    """Devuelve la propuesta de poner lo tecleado (por nombre de campo) sobre la definición vigente y completa."""
    nueva: dict[str, Any] = json.loads(json.dumps(vigente))
    textos: dict[str, str] = {}
    for parametro in TODOS:
        texto = tecleado.get(parametro.campo)
        textos[parametro.lugar] = en_pantalla(valor_en(vigente, parametro.lugar)) if texto is None else texto.strip()
        if texto is not None:
            _poner(nueva, parametro.lugar, _leer(parametro, texto.strip()))
    fallos: dict[str, str] = {}
    try:
        nueva = completa(nueva)
    except ValidationError as fallo:
        fallos = {_lugar(error["loc"]): frase(error) for error in fallo.errors()}
    return Propuesta(nueva, textos, fallos, [] if fallos else diferencias(vigente, nueva))


def completa(definicion: dict[str, Any]) -> dict[str, Any]:
    """Devuelve la definición validada, con todos sus valores. Raises pydantic.ValidationError."""
    return sencilla(ConfigBot.model_validate(definicion))


def sencilla(config: ConfigBot) -> dict[str, Any]:
    """Devuelve la configuración hecha solo de tipos JSON, con todos sus valores."""
    return dict(_sencilla(config.model_dump()))


def _sencilla(valor: Any) -> Any:
    """Devuelve el valor en tipos de JSON, con los decimales sin ceros de relleno: 0.50 y 0.5 son lo mismo."""
    if isinstance(valor, dict):
        return {clave: _sencilla(suyo) for clave, suyo in valor.items()}
    if isinstance(valor, list | tuple):
        return [_sencilla(parte) for parte in valor]
    if isinstance(valor, Decimal):
        return f"{valor.normalize():f}"
    return str(valor) if isinstance(valor, StrEnum) else valor


def diferencias(antes: dict[str, Any], despues: dict[str, Any]) -> list[Cambio]:
    """Devuelve qué parámetros cambian de una definición completa a otra, y cuáles suben el riesgo."""
    suben = set(motivos_de_riesgo(ConfigBot.model_validate(antes), ConfigBot.model_validate(despues)))
    return [
        Cambio(
            lugar=parametro.lugar,
            nombre=str(parametro.nombre),
            antes=legible(parametro, valor_en(antes, parametro.lugar)),
            despues=legible(parametro, valor_en(despues, parametro.lugar)),
            arriesga=parametro.lugar in suben,
        )
        for parametro in TODOS
        if en_texto(valor_en(antes, parametro.lugar)) != en_texto(valor_en(despues, parametro.lugar))
    ]


def _poner(definicion: dict[str, Any], lugar: str, valor: Any) -> None:
    *camino, ultimo = lugar.split(".")
    for parte in camino:
        definicion = definicion.setdefault(parte, {})
    definicion[ultimo] = valor


def _leer(parametro: Parametro, texto: str) -> Any:
    """Devuelve lo que entiende pydantic: listas, nada, o el texto con punto decimal."""
    if parametro.lugar == "activos":
        return [parte.strip() for parte in texto.split(",") if parte.strip()]
    if not texto:
        return None
    return texto if parametro.opciones or parametro.lugar == "pausa.zona" else texto.replace(",", ".")


def _lugar(loc: tuple[int | str, ...]) -> str:
    partes = [str(parte) for parte in loc if not isinstance(parte, int)]
    return ".".join(partes)


def frase(error: Mapping[str, Any]) -> str:
    """Devuelve en palabras un fallo de validación, con el límite que no se cumplió."""
    limites = error.get("ctx") or {}
    for clave, texto in (
        ("gt", _("Debe ser mayor que %(n)s.")),
        ("ge", _("Debe ser %(n)s o más.")),
        ("lt", _("Debe ser menor que %(n)s.")),
        ("le", _("Debe ser %(n)s o menos.")),
    ):
        if clave in limites:
            return texto % {"n": limites[clave]}
    if error["type"] == "value_error":
        propio = str(error["msg"]).removeprefix("Value error, ")
        return f"{propio[:1].upper()}{propio[1:]}."
    return {
        "int_parsing": _("Escriba un número entero."),
        "int_type": _("Escriba un número entero."),
        "int_from_float": _("Escriba un número entero."),
        "float_parsing": _("Escriba un número."),
        "float_type": _("Escriba un número."),
        "decimal_parsing": _("Escriba un número."),
        "decimal_type": _("Escriba un número."),
        "too_short": _("Escriba al menos uno."),
        "too_long": _("Son demasiados: 20 como mucho."),
        "string_pattern_mismatch": _("De 2 a 40 letras minúsculas, cifras o _, y empezando por letra."),
        "string_type": _("Escriba un valor."),
    }.get(error["type"], _("No es un valor válido."))
