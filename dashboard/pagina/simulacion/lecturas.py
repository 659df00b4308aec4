"""Lo que enseña la página Simulación: el análisis por horas, el mapa semanal y los huecos de una cuenta."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from core.models import Pausa
from dashboard.presentacion import calor, veredicto
from dashboard.selectors.comun import configuracion_de, zona_de
from historial.models import HuecoFicticio
from simulacion import selectors as horas
from simulacion.horarios import MIN_MUESTRAS

ULTIMA, TODAS, HISTORIA = "ultima", "todas", "historia"
VISTAS = (ULTIMA, TODAS, HISTORIA)


class Cuenta(msgspec.Struct, frozen=True):
    """La cuenta de un bot de la que se habla."""

    bot: str
    sede: str
    cuenta: str


def cuentas() -> list[Cuenta]:
    """Devuelve las cuentas con pausas o historia analizada, la más reciente primero."""
    vistas = [*horas.cuentas_de(None, horas.PAUSA), *horas.cuentas_de(None, horas.HISTORIA)]
    return [Cuenta(*clave) for clave in dict.fromkeys(vistas)]


def elegir_cuenta(todas: list[Cuenta], bot: str) -> Cuenta | None:
    """Devuelve la del bot pedido o, sin pedir ninguno, la más reciente."""
    return next((una for una in todas if bot in ("", una.bot)), None)


def analisis(cuenta: Cuenta, vista: str, ahora: datetime, datos: Path) -> dict[str, Any]:
    """Devuelve lo que pinta la página: pausa, análisis por horas, frases, mapa de calor y huecos."""
    config, _aviso = configuracion_de(cuenta.bot, datos)
    zona = ZoneInfo(zona_de(config))
    minimo = config.pausa.min_muestras if config else MIN_MUESTRAS
    clave = (cuenta.bot, cuenta.sede, cuenta.cuenta)
    pausa = horas.ultima_pausa(*clave)
    origen = horas.HISTORIA if vista == HISTORIA else horas.PAUSA
    if vista == ULTIMA and pausa is not None:
        tabla = horas.horas_de_pausa(pausa, zona, ahora, minimo)
    else:
        tabla = horas.horas_de_todo(*clave, origen, zona, minimo)
    mapa = horas.mapa_de(*clave, origen, zona)
    equilibrio = max((fila["equilibrio_pct"] for fila in tabla["horas"] if fila["equilibrio_pct"]), default=None)
    return {
        "pausa": pausa,
        "en_pausa": pausa is not None and pausa.reactivado_en is None,
        "entorno": horas.entorno_de(*clave),
        "zona": zona.key,
        "tabla": tabla,
        **resumen(tabla),
        "mapa": mapa,
        "filas_calor": calor.filas(mapa.celdas, equilibrio, minimo) if mapa.entradas else [],
        "equilibrio_pct": equilibrio,
        "huecos": huecos(pausa) if pausa and vista == ULTIMA else [],
    }


def resumen(tabla: dict[str, Any]) -> dict[str, Any]:
    """Devuelve los totales, la franja de la mejor hora y el veredicto en palabras de una tabla por horas."""
    aciertos = sum(fila["aciertos"] for fila in tabla["horas"])
    codigo = tabla["veredicto"]["codigo"]
    return {
        "aciertos": aciertos,
        "tasa_pct": 100.0 * aciertos / tabla["entradas"] if tabla["entradas"] else None,
        "mejor_franja": veredicto.franja(tabla["mejor"]["hora"]) if tabla["mejor"] else None,
        "frase": veredicto.en_palabras(tabla),
        "conclusion": veredicto.conclusion(codigo),
        "tono": veredicto.tono(codigo),
    }


def huecos(pausa: Pausa) -> list[HuecoFicticio]:
    """Devuelve los ratos de una pausa sin entradas ficticias, por orden."""
    filas = HuecoFicticio.objects.filter(bot=pausa.bot, sede=pausa.sede, cuenta=pausa.cuenta)
    return list(filas.filter(pausado_en=pausa.pausado_en).order_by("desde"))
