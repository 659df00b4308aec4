"""Estadísticas de un bot: CALL y PUT ganadas y perdidas, acierto con intervalo, equilibrio y esperanza en palabras."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dashboard.selectors import comun
from dominio.posiciones import Resultado
from historial import selectors as lecturas
from historial.selectors import Estadisticas, Filtro
from trading.motor_senales.fiabilidad import Fiabilidad

MUESTRA_PAGO = 200  # de cuántas operaciones recientes sale el pago medio
MUESTRA_FIABILIDAD = 2000
FILAS_FIABILIDAD = 10


class Pedido(msgspec.Struct, frozen=True, kw_only=True):
    """De qué se piden estadísticas. Sin ``bot``, el de actividad más reciente; sin ``cuenta``, la última del bot.

    ``clase``: reales, ficticias o todas. Con ``desde`` o ``hasta`` se cuentan las operaciones de esas horas de inicio.
    """

    bot: str | None = None
    sede: str | None = None
    cuenta: str | None = None
    activo: str | None = None
    clase: str = "reales"
    origen: str | None = None
    desde: datetime | None = None
    hasta: datetime | None = None


def resolver(pedido: Pedido, datos: Path) -> tuple[Filtro, dict[str, Any]]:
    """Devuelve el filtro del historial y a quién se refiere: bot, sede, cuenta, entorno, moneda y clase.

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, _ = comun.elegir(pedido.bot, datos)
    sede, cuenta = (pedido.sede or fila.sede), (pedido.cuenta or fila.cuenta)
    filtro = Filtro(
        bot=fila.bot,
        sede=sede,
        cuenta=cuenta,
        activo=pedido.activo,
        origen=pedido.origen,
        ficticia={"reales": False, "ficticias": True}.get(pedido.clase),
        desde=pedido.desde,
        hasta=pedido.hasta,
    )
    ultima = lecturas.operaciones_recientes(Filtro(bot=fila.bot, sede=sede, cuenta=cuenta), 1)
    config, _ = comun.configuracion_de(fila.bot, datos)
    quien = {
        "bot": fila.bot,
        "sede": sede,
        "cuenta": cuenta,
        "entorno": ultima[0].entorno if ultima else str(config.entorno) if config else "",
        "moneda": ultima[0].moneda if ultima else config.moneda if config else "",
        "clase": pedido.clase,
    }
    return filtro, quien


def winrate(pedido: Pedido, datos: Path) -> dict[str, Any]:
    """Devuelve el acierto total, con su intervalo de Wilson al 95 % y la tasa de equilibrio al lado."""
    filtro, quien = resolver(pedido, datos)
    cuentas, equilibrio = _cuentas(filtro), equilibrio_pct(filtro)
    return {**quien, **_acierto(cuentas), "equilibrio_pct": equilibrio, "esperanza": esperanza(cuentas, equilibrio)}


def estadisticas(pedido: Pedido, datos: Path) -> dict[str, Any]:
    """Devuelve ganadas y perdidas por dirección, acierto, beneficio, equilibrio, esperanza y el corte por activo."""
    filtro, quien = resolver(pedido, datos)
    cuentas, equilibrio = _cuentas(filtro), equilibrio_pct(filtro)
    return {
        **quien,
        "ganadas_call": cuentas.ganadas_call,
        "ganadas_put": cuentas.ganadas_put,
        "perdidas_call": cuentas.perdidas_call,
        "perdidas_put": cuentas.perdidas_put,
        **_acierto(cuentas),
        "beneficio_total": cuentas.beneficio_total,
        "equilibrio_pct": equilibrio,
        "esperanza": esperanza(cuentas, equilibrio),
        "por_activo": [] if _con_fechas(filtro) else _por_activo(filtro),
    }


def fiabilidad(pedido: Pedido, datos: Path) -> dict[str, Any]:
    """Devuelve, por tramos de confianza, lo previsto y lo observado en las últimas ``MUESTRA_FIABILIDAD`` decididas.

    ``brier`` menor que ``brier_base`` quiere decir que la confianza distingue unas señales de otras.
    """
    filtro, quien = resolver(pedido, datos)
    decididas = lecturas.filtradas(filtro).filter(
        resultado__in=(Resultado.GANADA, Resultado.PERDIDA), confianza_pct__isnull=False
    )
    contadores = Fiabilidad()
    recientes = decididas.order_by("-hora_inicio", "-pk").values_list("confianza_pct", "resultado")
    for confianza_pct, resultado in recientes[:MUESTRA_FIABILIDAD]:
        contadores.anotar(min(max(confianza_pct / 100.0, 0.0), 1.0), resultado == Resultado.GANADA)
    reporte = contadores.reporte(filtro.activo or "", FILAS_FIABILIDAD)
    return {
        **quien,
        "n": reporte.n,
        "acierto_pct": 100.0 * reporte.tasa if reporte.n else None,
        "brier": reporte.brier if reporte.n else None,
        "brier_base": reporte.brier_base if reporte.n else None,
        "distingue": bool(reporte.n) and reporte.brier < reporte.brier_base,
        "tramos": [
            {
                "desde_pct": 100.0 * fila.desde,
                "hasta_pct": 100.0 * fila.hasta,
                "n": fila.n,
                "prevista_pct": 100.0 * fila.prevista,
                "observada_pct": 100.0 * fila.observada,
                "observada_baja_pct": 100.0 * fila.observada_baja,
                "observada_alta_pct": 100.0 * fila.observada_alta,
                "cuadra": fila.cuadra,
            }
            for fila in reporte.filas
        ],
    }


def equilibrio_pct(filtro: Filtro) -> float | None:
    """Devuelve la tasa de acierto con la que ni se gana ni se pierde, al pago medio de las últimas operaciones.

    Con un pago bruto ``pago`` por cada ``monto`` puesto, el equilibrio es monto/pago = 1/(1 + pago neto).
    """
    con_pago = lecturas.filtradas(filtro).filter(pago__gt=0, monto__gt=0).order_by("-hora_inicio", "-pk")
    razones = [float(monto / pago) for monto, pago in con_pago.values_list("monto", "pago")[:MUESTRA_PAGO]]
    return round(100.0 * sum(razones) / len(razones), 4) if razones else None


def esperanza(cuentas: Estadisticas, equilibrio: float | None) -> dict[str, Any]:
    """Devuelve el resultado esperado en % del monto (acierto/equilibrio − 1), un código estable y la frase.

    Códigos: ``sin_datos``, ``por_encima``, ``por_debajo``, ``no_se_distingue`` (el intervalo contiene el equilibrio).
    """
    if cuentas.acierto_pct is None or not equilibrio:
        frase = "Todavía no hay operaciones decididas: no se puede decir nada."
        return {"codigo": "sin_datos", "esperado_pct": None, "frase": frase}
    esperado = 100.0 * (cuentas.acierto_pct / equilibrio - 1.0)
    if (cuentas.acierto_bajo_pct or 0.0) > equilibrio:
        codigo, juicio = "por_encima", "El acierto queda por encima del equilibrio."
    elif (cuentas.acierto_alto_pct or 100.0) < equilibrio:
        codigo, juicio = "por_debajo", "El acierto queda por debajo del equilibrio: así se pierde dinero."
    else:
        codigo, juicio = "no_se_distingue", "Con estos datos no se distingue del azar."
    intervalo = f"entre {_pc(cuentas.acierto_bajo_pct)} y {_pc(cuentas.acierto_alto_pct)}"
    frase = (
        f"Acierto {_pc(cuentas.acierto_pct)} ({intervalo}); "
        f"para no perder hace falta {_pc(equilibrio)}; resultado esperado {_pc(esperado)} del monto. {juicio}"
    )
    return {"codigo": codigo, "esperado_pct": esperado, "frase": frase}


def _cuentas(filtro: Filtro) -> Estadisticas:
    return lecturas.estadisticas(filtro) if _con_fechas(filtro) else lecturas.estadisticas_al_dia(filtro)


def _con_fechas(filtro: Filtro) -> bool:
    return filtro.desde is not None or filtro.hasta is not None


def _acierto(cuentas: Estadisticas) -> dict[str, Any]:
    decididas = cuentas.ganadas + cuentas.perdidas
    return {
        "operaciones": decididas + cuentas.nulas,
        "ganadas": cuentas.ganadas,
        "perdidas": cuentas.perdidas,
        "nulas": cuentas.nulas,
        "acierto_pct": cuentas.acierto_pct,
        "acierto_bajo_pct": cuentas.acierto_bajo_pct,
        "acierto_alto_pct": cuentas.acierto_alto_pct,
    }


def _por_activo(filtro: Filtro) -> list[dict[str, Any]]:
    grupos: dict[str, list[Any]] = {}
    for fila in lecturas.totales(filtro):
        grupos.setdefault(fila.activo, []).append(fila)
    sumas = {activo: lecturas.sumar(filas) for activo, filas in sorted(grupos.items())}
    return [
        {"activo": activo, **_acierto(suma), "beneficio_total": suma.beneficio_total} for activo, suma in sumas.items()
    ]


def _pc(valor: float | None) -> str:
    """Devuelve «51,3 %» con el signo menos tipográfico."""
    return "—" if valor is None else f"{valor:.1f} %".replace(".", ",").replace("-", "−")


__all__ = ["Pedido", "equilibrio_pct", "esperanza", "estadisticas", "fiabilidad", "resolver", "winrate"]
