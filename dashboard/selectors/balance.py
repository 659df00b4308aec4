"""El balance: el de ahora y su serie, con el nivel de stop y las metas de cada momento."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from core import meta_dinamica
from core.meta_dinamica import ReglaDinamica, Suceso, Tanda
from core.models import EstadoGuardado, Pausa
from dashboard.selectors import comun
from dominio.dinero import CERO
from historial.models import PuntoBalance
from historial.services.escritura import hora_sql

MAX_PUNTOS, PUNTOS = 1000, 400

# Con más puntos de los que caben se reparte el tiempo en tramos iguales y se toma el último de cada tramo: una búsqueda
# por índice para cada uno, cueste lo que cueste el historial.
_TRAMOS_POSTGRES = """
SELECT p.id FROM unnest(%s::timestamptz[]) AS limite
CROSS JOIN LATERAL (
  SELECT id FROM balances WHERE sede = %s AND cuenta = %s AND en <= limite ORDER BY en DESC, id DESC LIMIT 1
) AS p
"""
_TRAMOS_SQLITE = """
SELECT (
  SELECT id FROM balances WHERE sede = %s AND cuenta = %s AND en <= limite.value ORDER BY en DESC, id DESC LIMIT 1
) FROM json_each(%s) AS limite
"""


class Punto(msgspec.Struct, frozen=True):
    """Un balance anotado: cuándo, cuánto y por qué (inicio, liquidacion, ajeno, sede)."""

    en: datetime
    balance: Decimal
    origen: str


def actual(datos: Path, bot: str | None = None) -> list[dict[str, Any]]:
    """Devuelve el balance de ahora de cada bot (o de uno) en su cuenta más reciente."""
    filas = [comun.elegir(bot, datos)] if bot is not None else comun.actuales()
    return [_actual(fila, estado, datos) for fila, estado in filas]


def _actual(fila: EstadoGuardado, estado: Any, datos: Path) -> dict[str, Any]:
    config, _ = comun.configuracion_de(fila.bot, datos)
    regla = comun.regla_de(config)
    libro, tanda = estado.libro, estado.tanda
    ultimo = PuntoBalance.objects.filter(sede=fila.sede, cuenta=fila.cuenta).order_by("-en", "-pk").first()
    return {
        "bot": fila.bot,
        "sede": fila.sede,
        "cuenta": fila.cuenta,
        "moneda": ultimo.moneda if ultimo else config.moneda if config else "",
        "balance": libro.asentado,
        "disponible": libro.esperado,
        "comprometido": sum(libro.abiertos.values(), CERO),
        "inicial": libro.inicial,
        "beneficio_total": libro.beneficio,
        "movimientos_ajenos": libro.ajenos,
        "pico": tanda.pico,
        "base": tanda.base,
        "objetivo": tanda.objetivo(regla),
        "nivel_stop": tanda.nivel_stop(regla),
        "en": ultimo.en if ultimo else fila.actualizado_en,
    }


def serie(
    bot: str | None,
    datos: Path,
    *,
    desde: datetime | None = None,
    hasta: datetime | None = None,
    puntos: int = PUNTOS,
) -> dict[str, Any]:
    """Devuelve la serie del balance de la cuenta del bot, del más antiguo al más nuevo, con ``puntos`` como mucho.

    Cada punto: ``en``, ``balance``, ``nivel_stop``, ``objetivo``, ``suceso`` (nada, meta, stop, tanda o ajeno) y
    ``tanda``. Stop y meta se rehacen con la regla vigente sobre los puntos leídos; con ``diezmada`` en verdadero son
    aproximados. ``actual`` lleva los exactos de ahora.

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, estado = comun.elegir(bot, datos)
    maximo = max(2, min(puntos, MAX_PUNTOS))
    leidos, diezmada = leer_puntos(fila.sede, fila.cuenta, desde, hasta, maximo)
    pausas = Pausa.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, reactivado_en__isnull=False)
    reactivadas = [r for r in pausas.order_by("reactivado_en").values_list("reactivado_en", flat=True) if r]
    if desde is not None:  # el pico viene de antes: se rehace desde el comienzo de la tanda
        comienzo = max((r for r in reactivadas if r <= desde), default=None)
        previos, de_mas = leer_puntos(fila.sede, fila.cuenta, comienzo, desde, maximo)
        leidos, diezmada = [p for p in previos if p.en < desde] + leidos, diezmada or de_mas
    regla = comun.regla_de(comun.configuracion_de(fila.bot, datos)[0])
    return {
        "bot": fila.bot,
        "sede": fila.sede,
        "cuenta": fila.cuenta,
        "diezmada": diezmada,
        "puntos": [uno for uno in rehacer(leidos, reactivadas, regla) if desde is None or uno["en"] >= desde],
        "actual": _actual(fila, estado, datos),
    }


def leer_puntos(
    sede: str, cuenta: str, desde: datetime | None, hasta: datetime | None, maximo: int
) -> tuple[list[Punto], bool]:
    """Devuelve los puntos de la cuenta en [desde, hasta], todos o diezmados a ``maximo``, y si se diezmó."""
    filas = PuntoBalance.objects.filter(sede=sede, cuenta=cuenta)
    filas = filas.filter(en__gte=desde) if desde else filas
    filas = filas.filter(en__lte=hasta) if hasta else filas
    campos = ("en", "balance", "origen")
    todos = list(filas.order_by("en", "pk").values_list(*campos)[: maximo + 1])
    if len(todos) <= maximo:
        return [Punto(*fila) for fila in todos], False
    ultimo = filas.order_by("-en", "-pk").values_list("en", flat=True)[0]
    return [Punto(*fila) for fila in _diezmados(sede, cuenta, todos[0][0], ultimo, maximo)], True


def _diezmados(sede: str, cuenta: str, desde: datetime, hasta: datetime, n: int) -> list[tuple[Any, ...]]:
    paso = (hasta - desde) / n
    limites = [hasta if tramo == n else desde + paso * tramo for tramo in range(1, n + 1)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_TRAMOS_POSTGRES, (limites, sede, cuenta))
        else:
            cursor.execute(_TRAMOS_SQLITE, (sede, cuenta, json.dumps([str(hora_sql(limite)) for limite in limites])))
        ids = {fila[0] for fila in cursor.fetchall()}
    filas = PuntoBalance.objects.filter(pk__in=ids).order_by("en", "pk")
    return list(filas.values_list("en", "balance", "origen"))


def rehacer(puntos: Iterable[Punto], reactivadas: list[datetime], regla: ReglaDinamica) -> Iterator[dict[str, Any]]:
    """Da cada punto con el nivel de stop y la meta que regían tras él.

    ``reactivadas``: cuándo empezó cada tanda después de la primera, en orden.
    """
    tanda: Tanda | None = None
    pendientes = list(reactivadas)
    for punto in puntos:
        suceso = "nada"
        nueva = tanda is None or punto.origen == "inicio"
        while pendientes and pendientes[0] <= punto.en:
            pendientes.pop(0)
            nueva = True
        if tanda is None or nueva:
            partida = punto.balance if tanda is None or punto.origen != "liquidacion" else tanda.balance
            numero = 1 + len(reactivadas) - len(pendientes)
            tanda, suceso = meta_dinamica.nueva_tanda(numero, partida), "tanda"
        if punto.origen == "liquidacion" and tanda.balance != punto.balance:
            tanda, ocurrido = meta_dinamica.asentar(tanda, punto.balance, regla)
            suceso = suceso if ocurrido is Suceso.NADA else str(ocurrido)
        elif punto.origen == "ajeno":
            tanda, suceso = meta_dinamica.movimiento_ajeno(tanda, punto.balance), "ajeno"
        yield {
            "en": punto.en,
            "balance": float(punto.balance),
            "nivel_stop": round(float(tanda.nivel_stop(regla)), 8),
            "objetivo": round(float(tanda.objetivo(regla)), 8),
            "tanda": tanda.numero,
            "suceso": suceso,
        }


__all__ = ["MAX_PUNTOS", "Punto", "actual", "leer_puntos", "rehacer", "serie"]
