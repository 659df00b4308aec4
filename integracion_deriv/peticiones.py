"""Lo que se pide a Deriv, construido al pie de la letra de cada dialecto: una clave de más y la sede lo rechaza todo.

Los importes van como ``Decimal``: el codificador los escribe como números JSON exactos.
"""

from decimal import Decimal
from typing import Any

from dominio.puertos import PlanContrato

Peticion = dict[str, Any]
UNIDAD_TICKS = "t"
UNIDAD_SEGUNDOS = "s"
MAX_HISTORIA = 5000
MAX_EXTRACTO = 999
MAX_BENEFICIOS = 500


def clave_simbolo(dialecto: str) -> str:
    """Devuelve cómo llama el dialecto al símbolo en una cotización."""
    return "symbol" if dialecto == "v3" else "underlying_symbol"


def latido() -> Peticion:
    return {"ping": 1}


def hora() -> Peticion:
    return {"time": 1}


def autorizar(clave: str) -> Peticion:
    """Devuelve la petición de autorización (solo v3: en el dialecto nuevo la clave no viaja por el socket)."""
    return {"authorize": clave}


def simbolos_activos() -> Peticion:
    return {"active_symbols": "brief"}


def ofertas(simbolo: str) -> Peticion:
    return {"contracts_for": simbolo}


def ticks(simbolo: str) -> Peticion:
    return {"ticks": simbolo, "subscribe": 1}


def historia_ticks(simbolo: str, cuantos: int, fin: int | None = None) -> Peticion:
    """Devuelve la petición de los ``cuantos`` ticks anteriores a ``fin`` (epoch s; None, hasta ahora)."""
    return {
        "ticks_history": simbolo,
        "end": "latest" if fin is None else str(fin),
        "count": cuantos,
        "style": "ticks",
        "adjust_start_time": 1,
    }


def historia_velas(simbolo: str, duracion_s: int, cuantas: int, fin: int | None = None) -> Peticion:
    return {**historia_ticks(simbolo, cuantas, fin), "style": "candles", "granularity": duracion_s}


def cotizacion(plan: PlanContrato, dialecto: str) -> Peticion:
    """Devuelve una cotización de una sola vez: suscribirse no sirve en contratos por ticks (el precio no cambia)."""
    return {
        "proposal": 1,
        "amount": plan.monto,
        "basis": "stake",
        "contract_type": plan.direccion,
        "currency": plan.moneda,
        "duration": plan.duracion,
        "duration_unit": plan.unidad,
        clave_simbolo(dialecto): plan.simbolo,
    }


def compra(cotizacion_id: str, precio_max: Decimal) -> Peticion:
    return {"buy": cotizacion_id, "price": precio_max}


def contrato(referencia: int, *, suscribir: bool = False) -> Peticion:
    peticion: Peticion = {"proposal_open_contract": 1, "contract_id": referencia}
    return {**peticion, "subscribe": 1} if suscribir else peticion


def contratos_abiertos() -> Peticion:
    return {"proposal_open_contract": 1}


def balance(*, suscribir: bool = False) -> Peticion:
    return {"balance": 1, "subscribe": 1} if suscribir else {"balance": 1}


def movimientos_vivos() -> Peticion:
    return {"transaction": 1, "subscribe": 1}


def cartera() -> Peticion:
    return {"portfolio": 1}


def extracto(
    desde: int | None = None, hasta: int | None = None, *, limite: int = MAX_EXTRACTO, salto: int = 0
) -> Peticion:
    """Devuelve la petición del extracto en [desde, hasta] (epoch s). La sede excluye el final: se pide uno más."""
    peticion: Peticion = {"statement": 1, "description": 1, "limit": limite, "offset": salto}
    if desde is not None:
        peticion["date_from"] = desde
    if hasta is not None:
        peticion["date_to"] = hasta + 1
    return peticion


def beneficios(desde: int | None = None, hasta: int | None = None, *, limite: int = MAX_BENEFICIOS) -> Peticion:
    """Devuelve la petición de los contratos cerrados, del más nuevo al más viejo. Aquí las fechas son TEXTO."""
    peticion: Peticion = {"profit_table": 1, "description": 1, "limit": limite, "sort": "DESC"}
    if desde is not None:
        peticion["date_from"] = str(desde)
    if hasta is not None:
        peticion["date_to"] = str(hasta + 1)
    return peticion
