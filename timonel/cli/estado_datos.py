"""Reúne lo que se sabe de cada bot en un diccionario listo para JSON: la vista solo le da formato."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bots.frenos import rutas_bandera
from bots.procesos import leer_pids
from bots.registro import buscar_bot
from core import meta_dinamica
from core import selectors as bots_guardados
from core.configuracion import ConfigBot
from core.estado_bot import Ciclo, EstadoBot
from core.meta_dinamica import ReglaDinamica
from core.models import EstadoGuardado
from dominio.dinero import CERO, decimales_de, truncar
from dominio.errores import ErrorTimonel
from dominio.freno import Freno, leer, mas_estricto
from dominio.reloj import RelojSistema
from historial import selectors as lecturas
from historial.models import EstadoFreno, FilaArriendo, Operacion, Orden
from historial.selectors import Filtro
from historial.services.escritura import fila as leer_fila
from historial.services.tiempo import HoraArriendo

ULTIMAS = 10
DURACION_TICK_S = 2  # lo más que separa dos ticks de un índice sintético


def reunir(fila: EstadoGuardado, estado: EstadoBot, datos: Path, ahora: datetime) -> dict[str, Any]:
    """Devuelve todo lo que se cuenta de un bot en una cuenta. Importes en su moneda, porcentajes de 0 a 100."""
    config, aviso = _configuracion(fila.bot, datos)
    regla = _regla(config)
    reales = Filtro(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, ficticia=False)
    ultimas = lecturas.operaciones_recientes(reales, ULTIMAS)
    moneda = ultimas[0].moneda if ultimas else config.moneda if config else ""
    entorno = ultimas[0].entorno if ultimas else str(config.entorno) if config else ""
    zona = config.pausa.zona if config else "UTC"
    freno = frenos_de(fila, datos)
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
        **_cifras(estado, regla, moneda),
        "hoy": _hoy(reales, ahora, zona),
        "acierto": _acierto(reales),
        "abiertas": [_abierta(operacion, ahora) for operacion in _abiertas(fila)],
        "ultimas": [_operacion(operacion) for operacion in ultimas],
        "freno": freno,
        "jefe": _jefe(fila, datos),
        "por_resolver": [_orden(orden) for orden in _en_duda(fila)],
        "puede_entrar": estado.ciclo is Ciclo.OPERANDO and freno["vigente"] == Freno.ACTIVO,
        "aviso": aviso,
    }


def regla_de(bot: str, datos: Path) -> ReglaDinamica:
    """Devuelve la regla del fichero del bot; la de serie si no se puede leer."""
    return _regla(_configuracion(bot, datos)[0])


def guardados(bot: str | None) -> "Iterator[tuple[EstadoGuardado, EstadoBot]]":
    """Da el estado de cada bot (o de uno) en cada cuenta, el de actividad más reciente primero."""
    for fila, estado in bots_guardados.estados():
        if bot is None or fila.bot == bot:
            yield fila, estado


def _configuracion(bot: str, datos: Path) -> tuple[ConfigBot | None, str]:
    try:
        return buscar_bot(bot, datos), ""
    except ErrorTimonel as fallo:  # el estado se enseña igual: solo faltan los porcentajes propios
        return None, str(fallo)


def _regla(config: ConfigBot | None) -> ReglaDinamica:
    if config is None:
        return ReglaDinamica()
    regla = config.regla
    return ReglaDinamica(monto_pct=regla.monto_pct, meta_pct=regla.meta_pct, stop_pct=regla.stop_pct)


def _tiempos(estado: EstadoBot, ahora: datetime) -> dict[str, Any]:
    espera = estado.reanuda_en if estado.ciclo is Ciclo.PAUSADO else estado.entra_en
    if estado.ciclo not in (Ciclo.PAUSADO, Ciclo.ESPERANDO_HORARIO):
        espera = None
    return {
        "desde": estado.desde,
        "pausado_en": estado.pausado_en,
        "reanuda_en": estado.reanuda_en,
        "entra_en": estado.entra_en,
        "hora_elegida": estado.hora_elegida,
        "falta_s": None if espera is None else max(0, round((espera - ahora).total_seconds())),
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
    datos = lecturas.estadisticas(reales)
    return {
        "ganadas": datos.ganadas,
        "perdidas": datos.perdidas,
        "pct": datos.acierto_pct,
        "bajo_pct": datos.acierto_bajo_pct,
        "alto_pct": datos.acierto_alto_pct,
    }


def _abiertas(fila: EstadoGuardado) -> list[Operacion]:
    abiertas = lecturas.operaciones_abiertas(fila.sede, fila.cuenta)
    return [operacion for operacion in abiertas if operacion.bot == fila.bot and not operacion.ficticia]


def _abierta(operacion: Operacion, ahora: datetime) -> dict[str, Any]:
    orden = operacion.orden
    vence = None
    if orden is not None and orden.duracion:
        paso = 1 if orden.unidad_duracion == "s" else DURACION_TICK_S
        vence = operacion.hora_inicio + timedelta(seconds=orden.duracion * paso)
    return {
        **_operacion(operacion),
        "vence_en": vence,
        "falta_s": None if vence is None else max(0, round((vence - ahora).total_seconds())),
    }


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


def frenos_de(fila: EstadoGuardado, datos: Path) -> dict[str, Any]:
    """Devuelve el freno de cada ámbito, el del fichero y el vigente, que es el más estricto."""
    claves = {"global": "", "cuenta": f"{fila.sede}:{fila.cuenta}", "bot": fila.bot}
    escritos = {(f.ambito, f.clave): f for f in EstadoFreno.objects.all()}
    vistos: dict[str, Any] = {}
    for ambito, clave in claves.items():
        freno = escritos.get((ambito, clave))
        ausente = Freno.DETENIDO if ambito == "global" else Freno.ACTIVO
        vistos[ambito] = leer(freno.estado) if freno else ausente
    bandera = any(ruta.exists() for ruta in rutas_bandera(datos, fila.bot))
    vigente = mas_estricto([*vistos.values(), Freno.DETENIDO if bandera else Freno.ACTIVO])
    motivos = [f.motivo for f in escritos.values() if f.estado != Freno.ACTIVO and claves.get(f.ambito) == f.clave]
    return {**vistos, "bandera": bandera, "vigente": vigente, "motivos": [motivo for motivo in motivos if motivo]}


def _jefe(fila: EstadoGuardado, datos: Path) -> dict[str, Any]:
    arriendo = FilaArriendo.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta).first()
    pid = leer_pids(datos).get(fila.bot)
    if arriendo is None or not arriendo.titular:
        return {"titular": None, "ficha": arriendo.ficha if arriendo else None, "vigente": False, "pid": pid}
    vigente = False
    with suppress(ValueError):
        hora = HoraArriendo(RelojSistema())
        expresion, parametros = hora.sql()
        leido = leer_fila(
            f"SELECT 1 FROM arriendos WHERE id = %s AND base = %s AND hasta > {expresion}",  # noqa: S608
            (arriendo.pk, hora.base, *parametros),
        )
        vigente = leido is not None
    return {"titular": arriendo.titular, "ficha": arriendo.ficha, "vigente": vigente, "pid": pid}


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
