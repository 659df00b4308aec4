"""Lecturas de las entradas ficticias por hora: las de una pausa, las de todas y las de la historia de la sede."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Sum

from core.models import Pausa
from dominio.posiciones import Resultado
from historial.models import AcumuladoCuarto, Operacion
from simulacion.horarios import MIN_MUESTRAS, Cuarto, Entrada, analizar, equilibrio_de, mapa_semanal
from simulacion.mapa_semanal import MapaSemanal
from simulacion.models import TramoRelleno

PAUSA, HISTORIA = "pausa", "historia"


def entradas_cerradas(
    bot: str, sede: str, cuenta: str, origen: str, desde: datetime | None = None, hasta: datetime | None = None
) -> Iterator[Entrada]:
    """Da las entradas ficticias cerradas que empezaron en [desde, hasta). Sin pago no hay equilibrio: no se cuentan."""
    filas = Operacion.objects.filter(
        bot=bot, sede=sede, cuenta=cuenta, ficticia=True, origen=origen, estado="cerrada", pago__gt=0, monto__gt=0
    )
    if desde is not None:
        filas = filas.filter(hora_inicio__gte=desde)
    if hasta is not None:
        filas = filas.filter(hora_inicio__lt=hasta)
    equilibrios: dict[tuple[Decimal, Decimal], float] = {}
    campos = filas.order_by().values_list("hora_inicio", "resultado", "monto", "pago")
    for inicio, resultado, monto, pago in campos.iterator(chunk_size=5000):
        equilibrio = equilibrios.get((monto, pago))
        if equilibrio is None:
            equilibrio = equilibrios[monto, pago] = equilibrio_de(monto, pago)
        yield Entrada(inicio, Resultado(resultado), equilibrio)


def ultima_pausa(bot: str, sede: str, cuenta: str) -> Pausa | None:
    """Devuelve la pausa vigente o, si no hay, la última que hubo."""
    return Pausa.objects.filter(bot=bot, sede=sede, cuenta=cuenta).order_by("-pausado_en").first()


def horas_de_pausa(pausa: Pausa, zona: ZoneInfo, ahora: datetime, min_muestras: int = MIN_MUESTRAS) -> dict[str, Any]:
    """Devuelve el análisis de una pausa: el que se guardó al acabar o, hasta entonces, el provisional de ahora.

    Claves: las de ``Analisis.como_dict`` y ``pausado_en``, ``reanuda_en``, ``entra_en``, ``reactivado_en``, ``desde``,
    ``hasta``.
    """
    hasta = min(ahora, pausa.reactivado_en or ahora)
    if pausa.tabla_horas and not pausa.tabla_horas["veredicto"]["provisional"]:
        tabla = pausa.tabla_horas
    else:
        entradas = entradas_cerradas(pausa.bot, pausa.sede, pausa.cuenta, PAUSA, pausa.pausado_en, hasta)
        tabla = analizar(entradas, zona, min_muestras, provisional=ahora < pausa.reanuda_en).como_dict()
    return {
        "pausado_en": pausa.pausado_en,
        "reanuda_en": pausa.reanuda_en,
        "entra_en": pausa.entra_en,
        "reactivado_en": pausa.reactivado_en,
        "desde": pausa.pausado_en,
        "hasta": hasta,
        **tabla,
    }


def horas_de_todo(
    bot: str, sede: str, cuenta: str, origen: str, zona: ZoneInfo, min_muestras: int = MIN_MUESTRAS
) -> dict[str, Any]:
    """Devuelve el análisis de todas las pausas (origen «pausa») o de la historia de la sede (origen «historia»)."""
    todas = list(entradas_cerradas(bot, sede, cuenta, origen))
    return {
        "desde": min((entrada.inicio for entrada in todas), default=None),
        "hasta": max((entrada.inicio for entrada in todas), default=None),
        **analizar(todas, zona, min_muestras, origen=origen).como_dict(),
    }


def mapa_de(bot: str, sede: str, cuenta: str, origen: str, zona: ZoneInfo) -> MapaSemanal:
    """Devuelve el mapa hora × día de la semana de todo lo que hay de ese origen, desde las cuentas llevadas al día."""
    filas = AcumuladoCuarto.objects.filter(bot=bot, sede=sede, cuenta=cuenta, origen=origen)
    sumas = filas.values_list("cuarto").annotate(Sum("ganadas"), Sum("perdidas"), Sum("nulas")).order_by("cuarto")
    return mapa_semanal((Cuarto(*fila) for fila in sumas), zona)


def cuentas_de(bot: str | None, origen: str) -> list[tuple[str, str, str]]:
    """Devuelve (bot, sede, cuenta) de donde hay algo de ese origen, la actividad más reciente primero."""
    pausas = Pausa.objects.all() if origen == PAUSA else Pausa.objects.none()
    cuartos = AcumuladoCuarto.objects.filter(origen=origen)
    vistas: dict[tuple[str, str, str], datetime] = {}
    for filas, hora in ((pausas, "pausado_en"), (cuartos, "cuarto")):
        if bot is not None:
            filas = filas.filter(bot=bot)
        for *clave, momento in filas.order_by().values_list("bot", "sede", "cuenta").annotate(Max(hora)):
            lugar = (clave[0], clave[1], clave[2])
            vistas[lugar] = max(momento, vistas.get(lugar, momento))
    return sorted(vistas, key=lambda lugar: vistas[lugar], reverse=True)


def entorno_de(bot: str, sede: str, cuenta: str) -> str:
    """Devuelve el entorno de la última operación de esa cuenta; vacío si no hay ninguna."""
    filas = Operacion.objects.filter(bot=bot, sede=sede, cuenta=cuenta).order_by("-hora_inicio")
    return filas.values_list("entorno", flat=True).first() or ""


def tramos_hechos(bot: str, sede: str, cuenta: str) -> list[TramoRelleno]:
    """Devuelve los ratos de historia ya analizados, por orden."""
    return list(TramoRelleno.objects.filter(bot=bot, sede=sede, cuenta=cuenta).order_by("desde"))
