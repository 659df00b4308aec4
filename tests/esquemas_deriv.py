"""Valida cada mensaje contra los esquemas oficiales de Deriv y cuenta cuántos de qué llamada pasaron por aquí.

Las discrepancias conocidas entre los esquemas y las tramas reales están en ``PERMITIDAS``, una a una y con su nombre.
"""

import copy
import json
from collections import Counter
from functools import cache
from typing import Any

from jsonschema.validators import validator_for

from tests.rutas import ESQUEMAS_DERIV as ESQUEMAS

TOTALES: Counter[tuple[str, str, str]] = Counter()  # (dirección, dialecto, llamada) → mensajes válidos en este proceso
FICHEROS = {
    ("enviado", "v3"): "send.json",
    ("recibido", "v3"): "receive.json",
    ("enviado", "nueva"): "new_request.schema.json",
    ("recibido", "nueva"): "new_response.schema.json",
    ("enviado", "rest"): "new_request.schema.json",
    ("recibido", "rest"): "new_response.schema.json",
}
SIN_DESPACHAR = "(error sin llamada)"  # la sede contesta msg_type «error» cuando no pudo despachar la petición
LLAMADA_DE_TIPO = {"tick": "ticks", "history": "ticks_history", "candles": "ticks_history", "ohlc": "ticks_history"}
# Campos que las tramas reales traen de otra forma que los esquemas: (llamada, campo) → se quitan antes de validar.
PERMITIDAS = {
    ("proposal_open_contract", "account_id"): "en las tramas reales es texto; el esquema dice número",
    ("statement", "app_id"): "las filas reales lo traen; el esquema no lo admite",
}
# El esquema de create_account une con oneOf dos respuestas (200 y 201) de forma idéntica: ninguna puede validar.
RESPUESTAS_GEMELAS = ("create_account",)


def hay_esquemas() -> bool:
    """Devuelve si los esquemas oficiales están a mano."""
    return ESQUEMAS.is_dir()


@cache
def _validador(direccion: str, dialecto: str, llamada: str) -> Any:
    fichero = ESQUEMAS / llamada / FICHEROS[(direccion, dialecto)]
    if not fichero.is_file():
        return None
    esquema = json.loads(fichero.read_text(encoding="utf-8"))
    if llamada in RESPUESTAS_GEMELAS and "oneOf" in esquema:
        esquema["anyOf"] = esquema.pop("oneOf")
    return validator_for(esquema)(esquema)


def llamada_de(direccion: str, mensaje: dict[str, Any]) -> str:
    """Devuelve de qué llamada es un mensaje: su primera clave con esquema, o lo que diga ``msg_type``."""
    if direccion == "recibido":
        tipo = str(mensaje.get("msg_type", ""))
        if tipo == "tick" and "ticks_history" in mensaje.get("echo_req", {}):
            return "ticks_history"
        return SIN_DESPACHAR if tipo == "error" else LLAMADA_DE_TIPO.get(tipo, tipo)
    return next((clave for clave in mensaje if (ESQUEMAS / clave).is_dir()), "")


class Registro:
    """Recibe mensajes, los valida al momento y los cuenta. ``fallos`` guarda los que no encajan."""

    def __init__(self) -> None:
        self.cuentas: Counter[tuple[str, str, str]] = Counter()
        self.fallos: list[str] = []

    def anotar(self, direccion: str, dialecto: str, llamada: str | None, mensaje: dict[str, Any] | bytes | str) -> None:
        """Valida y cuenta un mensaje. ``direccion``: «enviado» por el cliente o «recibido» de la sede."""
        leido = json.loads(mensaje) if isinstance(mensaje, (bytes, str)) else copy.deepcopy(mensaje)
        nombre = llamada or llamada_de(direccion, leido)
        self._comprobar_error(direccion, dialecto, nombre, leido)
        if nombre == SIN_DESPACHAR:
            self._contar(direccion, dialecto, nombre)
            return
        validador = _validador(direccion, dialecto, nombre)
        if validador is None:
            self.fallos.append(f"{direccion} {dialecto} {nombre}: no hay esquema para esa llamada")
            return
        for (permitida, campo), _ in PERMITIDAS.items():
            if permitida == nombre and direccion == "recibido":
                _quitar(leido.get(nombre), campo)
        for error in validador.iter_errors(leido):
            camino = "/".join(str(parte) for parte in error.absolute_path)
            self.fallos.append(f"{direccion} {dialecto} {nombre}: {camino}: {error.message[:200]}")
        self._contar(direccion, dialecto, nombre)

    def _contar(self, direccion: str, dialecto: str, nombre: str) -> None:
        self.cuentas[(direccion, dialecto, nombre)] += 1
        TOTALES[(direccion, dialecto, nombre)] += 1

    def _comprobar_error(self, direccion: str, dialecto: str, nombre: str, mensaje: Any) -> None:
        """Los esquemas no describen ``error``: aquí se exige código y mensaje, y nada desconocido."""
        error = mensaje.get("error") if direccion == "recibido" and isinstance(mensaje, dict) else None
        if error is not None and not {"code", "message"} <= error.keys() <= {"code", "message", "details", "code_args"}:
            self.fallos.append(f"{direccion} {dialecto} {nombre}: error con campos {sorted(error)}")

    def exigir_limpio(self) -> None:
        """Falla si algún mensaje no encajó en su esquema."""
        assert not self.fallos, "\n".join(self.fallos[:20])

    def resumen(self) -> str:
        """Devuelve cuántos mensajes de cada llamada se comprobaron."""
        return "\n".join(
            f"{direccion:8} {dialecto:5} {llamada:24} {n:6}"
            for (direccion, dialecto, llamada), n in sorted(self.cuentas.items())
        )


def tabla_total() -> list[str]:
    """Devuelve las líneas con todo lo comprobado en este proceso, por dialecto, dirección y llamada."""
    filas = [f"{d:8} {s:5} {ll:24} {n:7}" for (d, s, ll), n in sorted(TOTALES.items())]
    return [*filas, f"total: {sum(TOTALES.values())} mensajes comprobados"] if filas else []


def _quitar(cuerpo: Any, campo: str) -> None:
    if isinstance(cuerpo, dict):
        cuerpo.pop(campo, None)
        for fila in cuerpo.get("transactions") or []:
            if isinstance(fila, dict):
                fila.pop(campo, None)
