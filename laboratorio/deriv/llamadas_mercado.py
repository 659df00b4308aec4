"""Las llamadas de mercado: símbolos, contratos ofrecidos, ticks e historial."""

from typing import TYPE_CHECKING, Any

import numpy as np

from laboratorio.deriv.bomba import avanzar_vela, cotizacion, mensaje_tick
from laboratorio.deriv.flujos import SITIO, TICKS, VELAS
from laboratorio.deriv.respuestas import Mensaje, numero
from simulacion.indices import Indice, Tramo
from simulacion.sedes.deriv import Rechazo
from simulacion.sedes.deriv.precios import DIAS_MAX, TICKS_MAX, TIPOS

if TYPE_CHECKING:
    from laboratorio.deriv.sesion_ws import Sesion

CUENTA_MAX = 5000
CUENTA_NORMAL = 5000
HISTORIA_S = 30 * 86_400
ARRANQUE_HISTORIA_S = 7200


def ping(s: "Sesion", p: Mensaje) -> None:
    """Contesta pong."""
    s.responder(p, "ping", "pong")


def hora(s: "Sesion", p: Mensaje) -> None:
    """Contesta la hora de la sede."""
    s.responder(p, "time", s.servidor.libro.ahora_s() + s.servidor.efectos.desfase_s())


def activos(s: "Sesion", p: Mensaje) -> None:
    """Contesta los símbolos que hay, con su estado de ahora."""
    libro, filas = s.servidor.libro, []
    for simbolo, indice in libro.mercado.indices.items():
        estado = s.servidor.efectos.activo(indice)
        if estado is not None:
            ultimo = libro.mercado.ultimo(simbolo, libro.ahora_s()) if p["active_symbols"] == "full" else None
            filas.append(s.dialecto.activo(indice, *estado, ultimo))
    s.responder(p, "active_symbols", filas)


def contratos_de(s: "Sesion", p: Mensaje) -> None:
    """Contesta qué contratos se ofrecen sobre un símbolo y con qué duraciones."""
    indice = exigir_indice(s, p["contracts_for"])
    minimo_ticks, minimo_s = s.servidor.efectos.duracion_minima(indice.simbolo)
    plazos = (
        ("tick", f"{minimo_ticks}t", f"{TICKS_MAX}t"),
        ("intraday", f"{minimo_s}s", "1d"),
        ("daily", "1d", f"{DIAS_MAX}d"),
    )
    filas = [s.dialecto.oferta(indice, tipo, *plazo) for tipo in TIPOS for plazo in plazos]
    ultimo = s.servidor.libro.mercado.ultimo(indice.simbolo, s.servidor.libro.ahora_s())
    s.responder(p, "contracts_for", s.dialecto.ofertas(filas, ultimo[1] if ultimo else indice.nivel))


def lista_de_contratos(s: "Sesion", p: Mensaje) -> None:
    """Contesta las familias de contratos que existen."""
    familias = (("callput", "Up/Down", ["CALL", "PUT"]), ("callputequal", "Rise/Fall Equal", ["CALLE", "PUTE"]))
    filas = [{"contract_category": c, "contract_types": t, "display_name": n} for c, n, t in familias]
    s.responder(p, "contracts_list", filas)


def horarios(s: "Sesion", p: Mensaje) -> None:
    """Contesta el horario de un día: todo abierto siempre."""
    simbolos = [s.dialecto.horario(indice) for indice in s.servidor.libro.mercado.indices.values()]
    sub = {"name": "Continuous Indices", "symbols": simbolos}
    s.responder(p, "trading_times", {"markets": [{"name": "Derived", "submarkets": [sub]}]})


def ticks(s: "Sesion", p: Mensaje) -> None:
    """Contesta el último tick de cada símbolo y, si se pide, sigue con los siguientes."""
    pedidos = p["ticks"] if isinstance(p["ticks"], list) else [p["ticks"]]
    for simbolo in pedidos:
        indice = exigir_indice(s, simbolo)
        if s.servidor.efectos.activo(indice) is None:
            raise Rechazo("InvalidSymbol", f"Symbol {simbolo} is invalid.")
        flujo = s.servidor.flujos.alta(s, TICKS, simbolo, p) if p.get("subscribe") else None
        if flujo is not None:
            s.servidor.bomba.activar(simbolo)
        ultimo = s.servidor.libro.mercado.ultimo(simbolo, s.servidor.libro.ahora_s())
        if ultimo is not None:
            tick = mensaje_tick(indice, cotizacion(indice, *ultimo), flujo.id if flujo else None)
            s.responder(p, "tick", tick, flujo)


def historial(s: "Sesion", p: Mensaje) -> None:
    """Contesta ticks o velas pasados y, si se pide, sigue en directo."""
    indice = exigir_indice(s, p["ticks_history"])
    ahora = s.servidor.libro.ahora_s()
    fin = ahora if p["end"] == "latest" else min(ahora, int(p["end"]))
    cuantos = max(1, min(int(p.get("count", CUENTA_NORMAL)), CUENTA_MAX))
    if p.get("style") == "candles":
        _historial_velas(s, p, indice, fin, cuantos)
        return
    inicio = p.get("start", fin - cuantos * max(1, indice.intervalo_s) - ARRANQUE_HISTORIA_S)
    horas, precios = _tramo(s, indice, int(inicio), fin)
    horas, precios = horas[-cuantos:], precios[-cuantos:]
    flujo = s.servidor.flujos.alta(s, TICKS, indice.simbolo, p) if p.get("subscribe") else None
    if flujo is not None:
        s.servidor.bomba.activar(indice.simbolo)
    cuerpo = {"prices": [numero(v) for v in precios.tolist()], "times": horas.tolist()}
    mensaje = s.sobre(p, "history", "history", cuerpo, flujo)
    mensaje["pip_size"] = indice.decimales
    s.enviar(mensaje)


def _historial_velas(s: "Sesion", p: Mensaje, indice: Indice, fin: int, cuantos: int) -> None:
    granularidad = p.get("granularity", 60)
    inicio = int(p.get("start", 0)) or fin - fin % granularidad - (cuantos - 1) * granularidad
    inicio -= inicio % granularidad
    velas = velas_de(*_tramo(s, indice, inicio, fin), granularidad)[-cuantos:]
    flujo = None
    if p.get("subscribe"):
        flujo = s.servidor.flujos.alta(s, VELAS, indice.simbolo, p, granularidad=granularidad)
        s.servidor.bomba.activar(indice.simbolo)
        if velas and velas[-1]["epoch"] == fin - fin % granularidad:
            _sembrar_vela(flujo.datos, velas[-1], fin)
    mensaje = s.sobre(p, "candles", "candles", [{k: numero(v) for k, v in vela.items()} for vela in velas], flujo)
    mensaje["pip_size"] = indice.decimales
    s.enviar(mensaje)


def _sembrar_vela(datos: dict[str, Any], vela: Mensaje, epoch: int) -> None:
    datos |= {"hora": vela["epoch"], "open": vela["open"], "high": vela["high"], "low": vela["low"]}
    avanzar_vela(datos, epoch, vela["close"])


def velas_de(horas: Any, precios: Any, granularidad: int) -> list[Mensaje]:
    """Devuelve las velas de un tramo de ticks, nombradas por su hora de apertura."""
    if len(horas) == 0:
        return []
    aperturas = horas - horas % granularidad
    cortes = np.flatnonzero(np.diff(aperturas, prepend=aperturas[0] - 1))
    maximos, minimos = np.maximum.reduceat(precios, cortes), np.minimum.reduceat(precios, cortes)
    finales = np.append(cortes[1:], len(horas)) - 1
    filas = zip(aperturas[cortes], precios[cortes], maximos, minimos, precios[finales], strict=True)
    return [
        {"epoch": int(e), "open": float(o), "high": float(h), "low": float(b), "close": float(c)}
        for e, o, h, b, c in filas
    ]


def estado_sitio(s: "Sesion", p: Mensaje) -> None:
    """Contesta el estado y los límites de llamadas (solo v3)."""
    flujo = s.servidor.flujos.alta(s, SITIO, "", p) if p.get("subscribe") else None
    s.responder(p, "website_status", s.dialecto.estado_sitio(), flujo)  # type: ignore[attr-defined]


def exigir_indice(s: "Sesion", simbolo: str) -> Indice:
    """Devuelve el índice. Raises Rechazo InvalidSymbol."""
    indice = s.servidor.libro.mercado.indices.get(simbolo)
    if indice is None:
        raise Rechazo("InvalidSymbol", f"Symbol {simbolo} is invalid.")
    return indice


def _tramo(s: "Sesion", indice: Indice, desde: int, hasta: int) -> Tramo:
    ahora = s.servidor.libro.ahora_s()
    return s.servidor.libro.mercado.tramo(indice.simbolo, max(desde, ahora - HISTORIA_S), hasta)
