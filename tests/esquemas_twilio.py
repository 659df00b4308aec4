"""Valida lo que enviamos a Twilio y lo que contesta el laboratorio contra su OpenAPI oficial, y cuenta lo comprobado.

Del documento se exige más de lo que exige él solo: un campo o un parámetro que no nombra también es un fallo.
"""

import json
from collections import Counter
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.rutas import COMPARTIDO

FICHERO = COMPARTIDO / "datos" / "twilio" / "twilio_api_v2010_messages.json"
TOTALES: Counter[tuple[str, str, str]] = Counter()  # (dirección, «twilio», llamada) → válidos en este proceso
_RAIZ = "/2010-04-01/Accounts/{AccountSid}/Messages"
LLAMADAS = {
    "POST Messages": (f"{_RAIZ}.json", "post", "201"),
    "GET Messages": (f"{_RAIZ}.json", "get", "200"),
    "GET Messages/{Sid}": (f"{_RAIZ}/{{Sid}}.json", "get", "200"),
}
_formatos = FormatChecker()


@_formatos.checks("date-time-rfc-2822", raises=(ValueError, TypeError))
def _rfc_2822(valor: object) -> bool:
    return not isinstance(valor, str) or parsedate_to_datetime(valor).tzinfo is not None


@_formatos.checks("date-time", raises=ValueError)
def _iso_8601(valor: object) -> bool:
    return not isinstance(valor, str) or bool(datetime.fromisoformat(valor))


@_formatos.checks("phone-number")
def _numero(valor: object) -> bool:
    return not isinstance(valor, str) or valor.removeprefix("whatsapp:").removeprefix("+").isdigit()


@cache
def documento() -> Any:
    """Devuelve el OpenAPI oficial."""
    return json.loads(FICHERO.read_text(encoding="utf-8"))


def _a_json_schema(parte: Any) -> Any:
    """Devuelve un esquema de OpenAPI 3.0 como JSON Schema: «nullable» se dice con otro tipo."""
    if isinstance(parte, list):
        return [_a_json_schema(una) for una in parte]
    if not isinstance(parte, dict):
        return parte
    if "$ref" in parte:
        nombre = parte["$ref"].rpartition("/")[2]
        return _a_json_schema(documento()["components"]["schemas"][nombre])
    hecho = {clave: _a_json_schema(valor) for clave, valor in parte.items() if clave not in ("nullable", "x-twilio")}
    if parte.get("nullable") and isinstance(parte.get("type"), str):
        hecho["type"] = [parte["type"], "null"]
    if "properties" in hecho:
        hecho["additionalProperties"] = False
    return hecho


@cache
def _validador(direccion: str, llamada: str) -> Draft202012Validator:
    camino, metodo, estado = LLAMADAS[llamada]
    operacion = documento()["paths"][camino][metodo]
    if direccion == "recibido":
        esquema = _a_json_schema(operacion["responses"][estado]["content"]["application/json"]["schema"])
    elif metodo == "post":
        contenido = operacion["requestBody"]["content"]["application/x-www-form-urlencoded"]
        esquema = _a_json_schema(contenido["schema"])
    else:
        esquema = _de_parametros(operacion["parameters"])
    return Draft202012Validator(esquema, format_checker=_formatos)


def _de_parametros(parametros: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {uno["name"]: _a_json_schema(uno["schema"]) for uno in parametros},
        "required": [uno["name"] for uno in parametros if uno["in"] == "path"],
        "additionalProperties": False,
    }


def _con_tipos(datos: dict[str, Any], esquema: dict[str, Any]) -> dict[str, Any]:
    """Devuelve los campos de un formulario o de una consulta con el tipo de su esquema: por la red van en texto."""

    def leer(nombre: str, valor: str) -> Any:
        tipo = esquema["properties"].get(nombre, {}).get("type")
        if tipo == "integer" and valor.lstrip("-").isdigit():
            return int(valor)
        return {"true": True, "false": False}.get(valor, valor) if tipo == "boolean" else valor

    return {nombre: leer(nombre, valor) for nombre, valor in datos.items()}


class Registro:
    """Recibe peticiones y respuestas, las valida y las cuenta. ``fallos`` guarda lo que no encaja."""

    def __init__(self, cuenta: str) -> None:
        self.cuentas: Counter[tuple[str, str]] = Counter()
        self.fallos: list[str] = []
        self._cuenta = cuenta

    def anotar(self, direccion: str, llamada: str, datos: Any) -> None:
        """Valida y cuenta. Sirve de ``espia`` del laboratorio."""
        validador = _validador(direccion, llamada)
        if direccion == "enviado":
            camino = {} if llamada == "POST Messages" else {"AccountSid": self._cuenta}
            datos = _con_tipos({**datos, **camino}, dict(validador.schema))
        for error in validador.iter_errors(datos):
            donde = "/".join(str(parte) for parte in error.absolute_path)
            self.fallos.append(f"{direccion} {llamada}: {donde}: {error.message[:200]}")
        self.cuentas[direccion, llamada] += 1
        TOTALES[direccion, "twilio", llamada] += 1

    def exigir_limpio(self) -> None:
        """Falla si algo no encajó."""
        assert not self.fallos, "\n".join(self.fallos[:20])
