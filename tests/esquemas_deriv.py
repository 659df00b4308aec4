"""Un registro que valida cada mensaje contra los esquemas oficiales de Deriv en cuanto pasa, y los cuenta.

Lo usan las pruebas del laboratorio (``ServidorDeriv(espia=registro.anotar)``) y las del cliente. Si falta la carpeta de
esquemas, quien lo construye con ``Registro.o_saltar()`` se salta la prueba.
"""

import copy
import json
from collections import Counter
from functools import cache
from typing import Any

import jsonschema

from tests.rutas import ESQUEMAS_DERIV, o_saltar

TOTALES: Counter[tuple[str, str, str]] = Counter()  # (dialecto, dirección, llamada) → mensajes validados en esta sesión

# Desacuerdos conocidos entre los marcos reales y los esquemas oficiales, por su nombre:
PERMITIDOS = {
    "poc_account_id": "proposal_open_contract.account_id llega como texto; el esquema dice número",
    "extracto_app_id": "las filas de statement de la API nueva traen app_id; el esquema no lo admite",
    "flujo_de_historial": "los ticks y ohlc que siguen a ticks_history repiten su petición",
}
_FICHEROS = {
    ("nueva", "peticion"): "new_request.schema.json",
    ("nueva", "respuesta"): "new_response.schema.json",
    ("v3", "peticion"): "send.json",
    ("v3", "respuesta"): "receive.json",
    ("rest", "peticion"): "new_request.schema.json",
    ("rest", "respuesta"): "new_response.schema.json",
}
_CARPETAS_REST = {
    "_cuentas": "get_accounts",
    "_crear": "create_account",
    "_otp": "websocket",
    "_reponer": "reset_demo_balance",
}


class MensajeInvalido(AssertionError):
    """Un mensaje que no cumple su esquema oficial."""


@cache
def _validador(carpeta: str, fichero: str) -> Any:
    ruta = ESQUEMAS_DERIV / carpeta / fichero
    if not ruta.exists():
        return None
    esquema = json.loads(ruta.read_text(encoding="utf-8"))
    clase = jsonschema.validators.validator_for(esquema)
    return clase(esquema)


class Registro:
    """Valida y cuenta. ``cuentas[(dialecto, direccion, llamada)]`` es cuántos mensajes pasaron por aquí."""

    def __init__(self) -> None:
        self.cuentas: Counter[tuple[str, str, str]] = Counter()

    @classmethod
    def o_saltar(cls) -> "Registro":
        """Devuelve un registro, o salta la prueba si los esquemas no están."""
        o_saltar(ESQUEMAS_DERIV)
        return cls()

    def anotar(self, direccion: str, dialecto: str, llamada: str, mensaje: Any) -> None:
        """Valida un mensaje. Lanza MensajeInvalido con la ruta del defecto.

        ``direccion``: «peticion» o «respuesta»; ``dialecto``: «nueva», «v3» o «rest»; ``llamada`` vacía: solo cuenta.
        """
        llamada = _CARPETAS_REST.get(llamada, llamada)
        clave = (dialecto, direccion, llamada or "(sin llamada)")
        if llamada:
            validador = _validador(llamada, _FICHEROS[(dialecto, direccion)])
            if validador is None:
                raise MensajeInvalido(f"no hay esquema de {llamada} para {dialecto}/{direccion}")
            self._validar(validador, clave, _tolerar(mensaje, dialecto, direccion, llamada))
        self.cuentas[clave] += 1
        TOTALES[clave] += 1

    def _validar(self, validador: Any, clave: tuple[str, str, str], mensaje: Any) -> None:
        defecto = next(iter(sorted(validador.iter_errors(mensaje), key=lambda e: list(map(str, e.path)))), None)
        if defecto is not None:
            ruta = "/".join(map(str, defecto.path))
            raise MensajeInvalido(f"{'/'.join(clave)}: {ruta or '(raíz)'}: {defecto.message[:300]}")


def _tolerar(mensaje: Any, dialecto: str, direccion: str, llamada: str) -> Any:
    if direccion != "respuesta" or not isinstance(mensaje, dict) or "error" in mensaje:
        return _sin_error(mensaje, direccion)
    if llamada == "proposal_open_contract" or "proposal_open_contract" in mensaje:
        return _sin_cuenta_de_texto(mensaje, llamada)
    if llamada == "statement" and dialecto == "nueva":
        copia = copy.deepcopy(mensaje)
        for fila in copia.get("statement", {}).get("transactions", []):
            if isinstance(fila.get("app_id"), int):
                del fila["app_id"]  # extracto_app_id
        return copia
    return mensaje


def _sin_error(mensaje: Any, direccion: str) -> Any:
    if direccion == "respuesta" and isinstance(mensaje, dict) and "error" in mensaje:
        error = mensaje["error"]
        if not {"code", "message"} <= error.keys() <= {"code", "message", "details", "code_args"}:
            raise MensajeInvalido(f"error con forma desconocida: {sorted(error)}")
    return mensaje


def _sin_cuenta_de_texto(mensaje: Any, llamada: str) -> Any:
    contrato = mensaje.get("proposal_open_contract")
    if not isinstance(contrato, dict) or not isinstance(contrato.get("account_id"), str):
        return mensaje
    return {**mensaje, "proposal_open_contract": {k: v for k, v in contrato.items() if k != "account_id"}}


def tabla_de_cuentas() -> list[str]:
    """Devuelve las líneas de la tabla de mensajes validados: dialecto, dirección, llamada y cuántos."""
    filas = [f"{d:<6} {s:<10} {ll:<24} {n:>7}" for (d, s, ll), n in sorted(TOTALES.items())]
    return [*filas, f"total: {sum(TOTALES.values())} mensajes"] if filas else []
