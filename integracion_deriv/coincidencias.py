"""Qué filas de la sede pueden ser una compra nuestra de suerte desconocida. Puro: filas y una huella, nada de red."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from dominio.ordenes import Aceptacion, Intencion
from integracion_deriv import codec
from integracion_deriv.shortcode import leer_codigo_corto

ANTES_MS = 2_000
DESPUES_MS = 20_000
TARDANZA_MS = 30_000


class Huella(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que se sabe de la compra buscada. Las horas, en milisegundos de la SEDE."""

    tipo: str
    simbolo: str
    prima: Decimal
    desde_ms: int
    hasta_ms: int
    tras_transaccion: int = 0
    duracion: int | None = None
    unidad: str | None = None


def huella(intencion: Intencion, enviado_ms: int) -> Huella:
    """Devuelve la huella de una intención enviada a esa hora de la sede."""
    ultima = codec.entero(intencion.contexto.get("ultima_transaccion"))
    return Huella(
        tipo=str(intencion.direccion),
        simbolo=intencion.simbolo,
        prima=intencion.monto,
        desde_ms=enviado_ms - ANTES_MS,
        hasta_ms=enviado_ms + DESPUES_MS + TARDANZA_MS,
        tras_transaccion=ultima or 0,
        duracion=intencion.duracion,
        unidad=intencion.unidad_duracion,
    )


def coincide(fila: dict[str, Any], prueba: Aceptacion, buscada: Huella) -> bool:
    """Devuelve si esa fila puede ser la compra buscada."""
    compra_ms = int(prueba.hora.timestamp()) * 1000
    return (
        codec.tipo_de(fila) == buscada.tipo
        and codec.simbolo_de(fila) == buscada.simbolo
        and prueba.precio == buscada.prima
        and buscada.desde_ms // 1000 * 1000 <= compra_ms <= buscada.hasta_ms
        and (prueba.transaccion is None or int(prueba.transaccion) > buscada.tras_transaccion)
        and _misma_duracion(fila, buscada)
    )


def _misma_duracion(fila: dict[str, Any], buscada: Huella) -> bool:
    """Devuelve False solo si el código corto dice con claridad otra duración."""
    corto = leer_codigo_corto(fila.get("shortcode"))
    if corto is None or buscada.duracion is None or buscada.unidad is None:
        return True
    return (corto.duracion, corto.unidad) == (buscada.duracion, buscada.unidad)


def de_extracto(fila: dict[str, Any]) -> dict[str, Any] | None:
    """Devuelve una fila de compra del extracto con los nombres de la cartera; None si no es una compra."""
    cantidad = codec.dinero(fila.get("amount"))
    if codec.texto(fila.get("action_type")) != "buy" or cantidad is None:
        return None
    return {**fila, "buy_price": abs(cantidad), "purchase_time": fila.get("transaction_time")}


def buscar(candidatas: Iterable[dict[str, Any]], buscada: Huella) -> dict[str, Aceptacion]:
    """Devuelve, por número de contrato, las compras que coinciden. La misma en dos listas cuenta una vez."""
    halladas: dict[str, Aceptacion] = {}
    for fila in candidatas:
        prueba = codec.a_aceptacion(fila, tras_buscar=True)
        if prueba is not None and prueba.referencia not in halladas and coincide(fila, prueba, buscada):
            halladas[prueba.referencia] = prueba
    return halladas
