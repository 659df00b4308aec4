"""Todo lo que se cuenta de un bot: lo enseñan igual la consola, la API y las páginas.

``reunir`` es lo que se sabe por el historial; ``tarjeta`` le añade lo que el bot dice de sí mismo en su latido.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core import meta_dinamica
from core.configuracion import ConfigBot
from core.estado_bot import Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from core.models import EstadoGuardado
from dashboard.selectors import comun, latidos, mando
from dashboard.selectors.temporizador import acaba_en, segundos_hasta, temporizador_de
from dominio.dinero import CERO, decimales_de, truncar
from dominio.freno import Freno
from historial import selectors as lecturas
from historial.models import Operacion, Orden
from historial.selectors import Filtro

ULTIMAS = 10
DURACION_TICK_S = 2  # lo más que separa dos ticks de un índice sintético


def bots(datos: Path, ahora: datetime) -> list[dict[str, Any]]:
    """Devuelve la tarjeta de cada bot que ha operado, en su cuenta más reciente, por nombre."""
    return [tarjeta(fila, estado, datos, ahora) for fila, estado in comun.actuales()]


def bot(nombre: str | None, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve la tarjeta de un bot; sin nombre, del de actividad más reciente.

    Raises:
        ErrorUsuario: BOT-01 si no existe; BOT-03 si todavía no ha operado.
    """
    fila, estado = comun.elegir(nombre, datos)
    return tarjeta(fila, estado, datos, ahora)


def sin_operar(datos: Path) -> list[str]:
    """Devuelve los bots que existen y todavía no han operado."""
    operados = {fila.bot for fila, _ in comun.guardados()}
    return [nombre for nombre in comun.nombres(datos) if nombre not in operados]


def equidad(tarjetas: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Devuelve el balance total por moneda y entorno: dinero simulado y de verdad nunca se suman juntos.

    Dos bots en la misma cuenta cuentan una sola vez.
    """
    cuentas = {(una["sede"], una["cuenta"]): una for una in tarjetas}
    sumas: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for una in cuentas.values():
        sumas[una["entorno"], una["moneda"]].append(una["balance"])
    return [
        {"entorno": entorno, "moneda": moneda, "balance": sum(partes, CERO), "cuentas": len(partes)}
        for (entorno, moneda), partes in sorted(sumas.items())
    ]


def tarjeta(fila: EstadoGuardado, estado: EstadoBot, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve lo de ``reunir`` más el latido, el temporizador, el progreso y los activos configurados.

    ``progreso_pct``: dónde está el balance entre el nivel del stop (0) y la meta (100).
    """
    reunido = reunir(fila, estado, datos, ahora)
    config, _ = comun.configuracion_de(fila.bot, datos)
    return {
        **reunido,
        "latido": latidos.latido_de(fila, ahora),
        "temporizador": temporizador_de(fila, estado, datos, ahora),
        "progreso_pct": _progreso(reunido),
        "activos": list(config.activos) if config else [],
        "familia": config.familia if config else "",
    }


def _progreso(uno: dict[str, Any]) -> float | None:
    ancho = uno["objetivo"] - uno["nivel_stop"]
    if ancho <= 0:
        return None
    return round(float(min(max((uno["balance"] - uno["nivel_stop"]) / ancho, CERO), Decimal(1)) * 100), 1)


def reunir(fila: EstadoGuardado, estado: EstadoBot, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve todo lo que se cuenta de un bot en una cuenta. Importes en su moneda, porcentajes de 0 a 100."""
    config, aviso = comun.configuracion_de(fila.bot, datos)
    reales = Filtro(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, ficticia=False)
    ultimas = lecturas.operaciones_recientes(reales, ULTIMAS)
    moneda, entorno = moneda_y_entorno(ultimas, config)
    zona = comun.zona_de(config)
    freno = mando.frenos_de(fila, datos)
    return {
        "bot": fila.bot,
        "sede": fila.sede,
        "cuenta": fila.cuenta,
        "entorno": entorno,
        "simulado": entorno == "simulado",
        "moneda": moneda,
        "zona": zona,
        "ciclo": str(estado.ciclo),
        **_tiempos(estado, ahora),
        "actualizado_en": fila.actualizado_en,
        **_cifras(estado, comun.regla_de(config), moneda),
        "hoy": _hoy(reales, ahora, zona),
        "acierto": _acierto(reales),
        "abiertas": [_abierta(operacion, ahora) for operacion in _abiertas(fila)],
        "ultimas": [_operacion(operacion) for operacion in ultimas],
        "freno": freno,
        "jefe": mando.jefe_de(fila, datos),
        "por_resolver": [_orden(orden) for orden in _en_duda(fila)],
        "puede_entrar": estado.ciclo is Ciclo.OPERANDO and freno["vigente"] == Freno.ACTIVO,
        "aviso": aviso,
    }


def moneda_y_entorno(ultimas: list[Operacion], config: ConfigBot | None) -> tuple[str, str]:
    """Devuelve la moneda y el entorno de la última operación; sin ninguna, los configurados."""
    if ultimas:
        return ultimas[0].moneda, ultimas[0].entorno
    return (config.moneda, str(config.entorno)) if config else ("", "")


def _tiempos(estado: EstadoBot, ahora: datetime) -> dict[str, Any]:
    return {
        "desde": estado.desde,
        "pausado_en": estado.pausado_en,
        "reanuda_en": estado.reanuda_en,
        "entra_en": estado.entra_en,
        "hora_elegida": estado.hora_elegida,
        "falta_s": segundos_hasta(acaba_en(estado), ahora),
    }


def _cifras(estado: EstadoBot, regla: ReglaDinamica, moneda: str) -> dict[str, Any]:
    tanda, decimales = estado.tanda, decimales_de(moneda)

    def ver(importe: Decimal) -> Decimal:
        return truncar(importe, decimales + 2)

    return {
        "balance": estado.libro.asentado,
        "comprometido": sum(estado.libro.abiertos.values(), CERO),
        "beneficio_total": estado.libro.beneficio,
        "movimientos_ajenos": estado.libro.ajenos,
        "tanda": tanda.numero,
        "operaciones_tanda": tanda.operaciones,
        "metas_tanda": tanda.metas,
        "base": ver(tanda.base),
        "meta": ver(tanda.meta(regla)),
        "objetivo": ver(tanda.objetivo(regla)),
        "pico": ver(tanda.pico),
        "perdida_acumulada": ver(tanda.perdida_acumulada),
        "nivel_stop": ver(tanda.nivel_stop(regla)),
        "monto_siguiente": meta_dinamica.monto(estado.libro.asentado, regla, decimales, CERO),
        "ganadas": estado.contadores.ganadas,
        "perdidas": estado.contadores.perdidas,
        "nulas": estado.contadores.nulas,
    }


def _hoy(reales: Filtro, ahora: datetime, zona: str) -> dict[str, Any]:
    local = ahora.astimezone(ZoneInfo(zona))
    inicio = local.replace(hour=0, minute=0, second=0, microsecond=0)
    filas = lecturas.filtradas(reales).filter(estado="cerrada", hora_fin__gte=inicio)
    cerradas = list(filas.values_list("resultado", "beneficio"))
    cuenta = {nombre: sum(resultado == nombre for resultado, _ in cerradas) for nombre in ("ganada", "perdida", "nula")}
    return {
        "fecha": local.date(),
        "beneficio": sum((beneficio for _, beneficio in cerradas), CERO),
        "ganadas": cuenta["ganada"],
        "perdidas": cuenta["perdida"],
        "nulas": cuenta["nula"],
    }


def _acierto(reales: Filtro) -> dict[str, Any]:
    datos = lecturas.estadisticas_al_dia(reales)
    return {
        "ganadas": datos.ganadas,
        "perdidas": datos.perdidas,
        "pct": datos.acierto_pct,
        "bajo_pct": datos.acierto_bajo_pct,
        "alto_pct": datos.acierto_alto_pct,
    }


def _abiertas(fila: EstadoGuardado) -> list[Operacion]:
    filtro = Filtro(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, ficticia=False)
    abiertas = lecturas.filtradas(filtro).filter(estado__in=("abierta", "pendiente"))
    return list(abiertas.select_related("orden").order_by("pk"))


def _abierta(operacion: Operacion, ahora: datetime) -> dict[str, Any]:
    orden = operacion.orden
    vence = None
    if orden is not None and orden.duracion:
        paso = 1 if orden.unidad_duracion == "s" else DURACION_TICK_S
        vence = operacion.hora_inicio + timedelta(seconds=orden.duracion * paso)
    return {**_operacion(operacion), "vence_en": vence, "falta_s": segundos_hasta(vence, ahora)}


def _operacion(operacion: Operacion) -> dict[str, Any]:
    return {
        "numero_contrato": operacion.numero_contrato,
        "activo": operacion.activo,
        "direccion": operacion.direccion,
        "monto": operacion.monto,
        "confianza_pct": operacion.confianza_pct,
        "precio_entrada": operacion.precio_entrada,
        "resultado": operacion.resultado,
        "beneficio": operacion.beneficio,
        "hora_inicio": operacion.hora_inicio,
        "hora_fin": operacion.hora_fin,
    }


def _en_duda(fila: EstadoGuardado) -> list[Orden]:
    return [o for o in lecturas.en_duda(fila.sede) if o.cuenta == fila.cuenta]


def _orden(orden: Orden) -> dict[str, Any]:
    return {
        "id_cliente": orden.id_cliente,
        "estado": orden.estado,
        "bot": orden.bot,
        "activo": orden.simbolo,
        "direccion": orden.direccion,
        "monto": orden.monto,
        "enviado_en": orden.enviado_en,
        "motivo": orden.motivo,
    }
