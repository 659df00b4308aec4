"""La mejor hora: de entradas cerradas a la tabla por hora local, la hora elegida y su veredicto. Puro.

Para quien lo usa::

    Entrada(inicio, resultado, equilibrio)      # inicio con zona; equilibrio = equilibrio_de(monto, pago)
    analizar(entradas, zona, min_muestras, provisional=False, origen="pausa") -> Analisis     # todo de una vez
    tabla_horas(entradas, zona, min_muestras) -> TablaHoras    # siempre 24 filas
    elegir(tabla) -> Mejor | None               # Mejor.hora es lo que pide core.horario.proxima_entrada
    veredicto(tabla, provisional=False) -> Veredicto           # .codigo estable; .frase cabe en Pausa.veredicto
    mapa_semanal(cuartos, zona) -> MapaSemanal  # de AcumuladoCuarto; de entradas, con cuartos_de(entradas)
    X.como_dict() -> dict                       # números JSON; el de Analisis va tal cual en Pausa.tabla_horas

La regla: entre las horas con ``min_muestras`` entradas o más, la de mayor cota inferior del intervalo de Wilson al
95 %; a igual cota, más entradas; después, la más temprana. El veredicto contrasta, solo en la elegida, «la tasa
verdadera no pasa del mayor equilibrio de esa hora» con la binomial exacta de una cola al nivel 1 − 0,95^(1/m), con m
horas que califican: así 24 horas sin ventaja dan un falso «supera» menos de un día de cada veinte. Informa; nunca
decide si se opera.

Las anuladas no son aciertos ni fallos. Una hora local repetida por un cambio de hora es una sola hora.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from core.horario import hora_local
from dominio.posiciones import Resultado
from simulacion.estadistica_horas import cotas_wilson, elegir_hora, minima_detectable, nivel, p_valor
from simulacion.mapa_semanal import Celda, Cuarto, MapaSemanal, cuartos_de, mapa_semanal

__all__ = [
    "AZAR", "CONCLUSIONES", "SIN_DATOS", "SUPERA", "Analisis", "Celda", "Cuarto", "Entrada", "Hora", "MapaSemanal",
    "Mejor", "TablaHoras", "Veredicto", "analizar", "cuartos_de", "elegir", "equilibrio_de", "mapa_semanal",
    "tabla_horas", "veredicto",
]  # fmt: skip

HORAS = 24
MIN_MUESTRAS = 20
SUPERA, AZAR, SIN_DATOS = "supera_el_equilibrio", "no_se_distingue_del_azar", "sin_datos_suficientes"
CONCLUSIONES = {
    SUPERA: "supera el equilibrio",
    AZAR: "no se distingue del azar",
    SIN_DATOS: "sin datos suficientes",
}


class Entrada(msgspec.Struct, frozen=True, gc=False):
    """Una entrada cerrada: cuándo empezó (con zona), cómo acabó y el equilibrio de su pago, en tanto por uno."""

    inicio: datetime
    resultado: Resultado
    equilibrio: float


class Hora(msgspec.Struct, frozen=True, kw_only=True):
    """Una hora local de la tabla. Tasas en tanto por ciento; None sin entradas.

    ``equilibrio_pct``: el mayor de sus entradas. ``minima_detectable_pct``: la menor tasa verdadera que, con tantas
    entradas, daría «supera el equilibrio» cuatro veces de cada cinco.
    """

    hora: int
    aciertos: int = 0
    entradas: int = 0
    nulas: int = 0
    tasa_pct: float | None = None
    cota_inferior_pct: float | None = None
    cota_superior_pct: float | None = None
    equilibrio_pct: float | None = None
    minima_detectable_pct: float | None = None
    califica: bool = False


class TablaHoras(msgspec.Struct, frozen=True, kw_only=True):
    """Las 24 horas locales, de la 0 a la 23.

    ``califican``: cuántas tienen ``min_muestras`` entradas; ``nivel_pct``: el del contraste.
    """

    zona: str
    min_muestras: int
    entradas: int
    nulas: int
    califican: int
    nivel_pct: float
    horas: tuple[Hora, ...]

    def como_dict(self) -> dict[str, Any]:
        """Devuelve la tabla con números JSON."""
        return _dict(self)


class Mejor(msgspec.Struct, frozen=True, kw_only=True):
    """La hora elegida, con sus cifras."""

    hora: int
    aciertos: int
    entradas: int
    tasa_pct: float
    cota_inferior_pct: float
    equilibrio_pct: float

    def como_dict(self) -> dict[str, Any]:
        """Devuelve la hora elegida con números JSON."""
        return _dict(self)


class Veredicto(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se puede decir de la hora elegida. ``hora`` y ``p_valor`` son None sin datos suficientes."""

    codigo: str
    conclusion: str
    provisional: bool
    frase: str
    hora: int | None = None
    p_valor: float | None = None
    nivel_pct: float | None = None
    califican: int = 0

    @property
    def supera(self) -> bool:
        """Devuelve si la hora elegida supera el equilibrio."""
        return self.codigo == SUPERA

    def como_dict(self) -> dict[str, Any]:
        """Devuelve el veredicto con números JSON."""
        return _dict(self)


class Analisis(msgspec.Struct, frozen=True, kw_only=True):
    """La tabla, la hora elegida y el veredicto. ``origen``: «pausa» (ticks vivos) o «historia» (ticks pasados)."""

    tabla: TablaHoras
    mejor: Mejor | None
    veredicto: Veredicto
    origen: str = "pausa"

    def como_dict(self) -> dict[str, Any]:
        """Devuelve las claves de la tabla más ``origen``, ``mejor`` (o None) y ``veredicto``."""
        return {
            "origen": self.origen,
            **self.tabla.como_dict(),
            "mejor": None if self.mejor is None else self.mejor.como_dict(),
            "veredicto": self.veredicto.como_dict(),
        }


def equilibrio_de(monto: Decimal, pago: Decimal) -> float:
    """Devuelve la tasa de equilibrio, 1/(1 + pago neto) = monto/pago; ``pago`` es lo que se cobra al ganar."""
    return float(monto / pago)


def analizar(
    entradas: Iterable[Entrada],
    zona: ZoneInfo,
    min_muestras: int = MIN_MUESTRAS,
    *,
    provisional: bool = False,
    origen: str = "pausa",
) -> Analisis:
    """Devuelve la tabla, la mejor hora y el veredicto de unas entradas cerradas."""
    tabla = tabla_horas(entradas, zona, min_muestras)
    return Analisis(tabla=tabla, mejor=elegir(tabla), veredicto=veredicto(tabla, provisional), origen=origen)


def tabla_horas(entradas: Iterable[Entrada], zona: ZoneInfo, min_muestras: int = MIN_MUESTRAS) -> TablaHoras:
    """Devuelve la tabla de las 24 horas locales de la zona; el orden de las entradas no importa."""
    aciertos, total, nulas = [0] * HORAS, [0] * HORAS, [0] * HORAS
    equilibrios = [0.0] * HORAS
    for entrada in entradas:
        hora = hora_local(entrada.inicio, zona)
        if entrada.resultado == Resultado.NULA:
            nulas[hora] += 1
            continue
        total[hora] += 1
        aciertos[hora] += entrada.resultado == Resultado.GANADA
        equilibrios[hora] = max(equilibrios[hora], entrada.equilibrio)
    califican = sum(n >= min_muestras for n in total)
    alfa = nivel(max(1, califican))
    bajas, altas = cotas_wilson(np.array(aciertos), np.array(total))
    horas = tuple(
        Hora(hora=hora, nulas=nulas[hora])
        if total[hora] == 0
        else Hora(
            hora=hora,
            aciertos=aciertos[hora],
            entradas=total[hora],
            nulas=nulas[hora],
            tasa_pct=100.0 * aciertos[hora] / total[hora],
            cota_inferior_pct=100.0 * float(bajas[hora]),
            cota_superior_pct=100.0 * float(altas[hora]),
            equilibrio_pct=100.0 * equilibrios[hora],
            minima_detectable_pct=_por_cien(minima_detectable(total[hora], equilibrios[hora], alfa)),
            califica=total[hora] >= min_muestras,
        )
        for hora in range(HORAS)
    )
    return TablaHoras(
        zona=zona.key,
        min_muestras=min_muestras,
        entradas=sum(total),
        nulas=sum(nulas),
        califican=califican,
        nivel_pct=100.0 * alfa,
        horas=horas,
    )


def elegir(tabla: TablaHoras) -> Mejor | None:
    """Devuelve la mejor hora según la regla; None si ninguna llega a ``min_muestras``."""
    aciertos = np.array([fila.aciertos for fila in tabla.horas])
    entradas = np.array([fila.entradas for fila in tabla.horas])
    elegida = int(elegir_hora(aciertos, entradas, tabla.min_muestras))
    if elegida < 0:
        return None
    fila = tabla.horas[elegida]
    return Mejor(
        hora=fila.hora,
        aciertos=fila.aciertos,
        entradas=fila.entradas,
        tasa_pct=fila.tasa_pct or 0.0,
        cota_inferior_pct=fila.cota_inferior_pct or 0.0,
        equilibrio_pct=fila.equilibrio_pct or 0.0,
    )


def veredicto(tabla: TablaHoras, provisional: bool = False) -> Veredicto:
    """Devuelve el veredicto sobre la hora elegida. Antes de que acabe la pausa es ``provisional`` y lo dice."""
    mejor = elegir(tabla)
    if mejor is None:
        frase = f"{CONCLUSIONES[SIN_DATOS].capitalize()}: ninguna hora llega a {tabla.min_muestras} entradas."
        return Veredicto(
            codigo=SIN_DATOS,
            conclusion=CONCLUSIONES[SIN_DATOS],
            provisional=provisional,
            frase=_con_prefijo(frase, provisional),
        )
    p = float(p_valor(mejor.aciertos, mejor.entradas, mejor.equilibrio_pct / 100.0))
    codigo = SUPERA if p <= nivel(tabla.califican) else AZAR
    frase = (
        f"La mejor hora, de {mejor.hora:02d}:00 a {(mejor.hora + 1) % HORAS:02d}:00, acertó {mejor.aciertos} de "
        f"{mejor.entradas} ({_por_ciento(mejor.tasa_pct)}; para no perder, {_por_ciento(mejor.equilibrio_pct)}): "
        f"{CONCLUSIONES[codigo]}."
    )
    return Veredicto(
        codigo=codigo,
        conclusion=CONCLUSIONES[codigo],
        provisional=provisional,
        frase=_con_prefijo(frase, provisional),
        hora=mejor.hora,
        p_valor=p,
        nivel_pct=tabla.nivel_pct,
        califican=tabla.califican,
    )


def _dict(cosa: msgspec.Struct) -> dict[str, Any]:
    convertido: dict[str, Any] = msgspec.to_builtins(cosa)
    return convertido


def _por_cien(fraccion: float | None) -> float | None:
    return None if fraccion is None else 100.0 * fraccion


def _por_ciento(tasa_pct: float) -> str:
    return f"{tasa_pct:.1f}".replace(".", ",") + " %"


def _con_prefijo(frase: str, provisional: bool) -> str:
    return f"Provisional. {frase}" if provisional else frase
