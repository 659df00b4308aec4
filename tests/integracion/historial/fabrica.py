"""Piezas de prueba del historial: intenciones, aceptaciones y liquidaciones inventadas."""

import asyncio
import itertools
import threading
import time
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Aceptacion, EstadoOrden, Intencion, ResultadoEnvio, TipoOrden, id_cliente
from dominio.posiciones import Liquidacion, Resultado
from dominio.reloj import Reloj
from dominio.senales import Direccion
from historial.arriendo import ArriendoDjango
from historial.diario import DiarioDjango
from historial.ejecutores import EnLinea
from historial.selectors import Cursor, EventoLeido, eventos_desde

_numeros = itertools.count(1)


def correr(corrutina: "Coroutine[Any, Any, Any]") -> Any:
    """Devuelve el resultado de una corrutina."""
    return asyncio.run(corrutina)


def cuenta_nueva() -> str:
    """Devuelve un nombre de cuenta que ninguna otra prueba usa."""
    return f"VRTC_PRUEBA_{next(_numeros)}"


def intencion(reloj: Reloj, cuenta: str, **cambios: Any) -> Intencion:
    """Devuelve una intención de contrato válida; cada una con su señal."""
    clave = cambios.pop("clave_senal", f"senal-{next(_numeros)}")
    datos: dict[str, Any] = {
        "id_cliente": id_cliente("instalacion", cuenta, clave),
        "sede": Sede.DERIV,
        "cuenta": cuenta,
        "entorno": Entorno.SIMULADO,
        "bot": "deriv_dinamico",
        "clave_senal": clave,
        "simbolo": "R_50",
        "direccion": Direccion.CALL,
        "tipo": TipoOrden.CONTRATO,
        "monto": Decimal("10.00"),
        "moneda": "USD",
        "riesgo": Decimal("10.00"),
        "creada_en": reloj.ahora(),
        "vence_en": reloj.ahora() + timedelta(seconds=5),
        "precio_max": Decimal("10.00"),
        "pago": Decimal("19.53"),
        "duracion": 5,
        "unidad_duracion": "t",
        "confianza_pct": 51.25,
        "contexto": {"senal": {"ema": 0.5}, "nombre_activo": "Volatility 50 Index"},
    }
    return Intencion(**datos | cambios)


def aceptacion(reloj: Reloj, referencia: str = "", **cambios: Any) -> Aceptacion:
    """Devuelve la aceptación de un contrato."""
    referencia = referencia or f"{900_000 + next(_numeros)}"
    datos = {
        "referencia": referencia,
        "hora": reloj.ahora(),
        "precio": Decimal("10.00"),
        "transaccion": f"c{referencia}",
    }
    return Aceptacion(**datos | cambios)


def aceptada(reloj: Reloj, referencia: str = "", **cambios: Any) -> ResultadoEnvio:
    """Devuelve el resultado de un envío aceptado."""
    return ResultadoEnvio(estado=EstadoOrden.ACEPTADA, aceptacion=aceptacion(reloj, referencia, **cambios))


def liquidacion(reloj: Reloj, referencia: str, beneficio: str = "9.53", **cambios: Any) -> Liquidacion:
    """Devuelve la liquidación de un contrato de 10 USD."""
    neto = Decimal(beneficio)
    resultado = Resultado.GANADA if neto > 0 else Resultado.PERDIDA if neto < 0 else Resultado.NULA
    datos: dict[str, Any] = {
        "referencia": referencia,
        "resultado": resultado,
        "beneficio": neto,
        "cobrado": neto + 10,
        "hora": reloj.ahora(),
        "precio_entrada": Decimal("92.1234"),
        "precio_salida": Decimal("92.5"),
        "hora_inicio": reloj.ahora() - timedelta(seconds=10),
        "hora_fin": reloj.ahora() - timedelta(seconds=2),
        "transaccion": f"v{referencia}",
    }
    return Liquidacion(**datos | cambios)


def leer_eventos(cursor: Cursor, cuantos: int, limite: int = 500) -> list[EventoLeido]:
    """Devuelve los eventos desde un cursor cuando ya hay ``cuantos``, o los que haya a los 20 s.

    En PostgreSQL una transacción abierta en OTRA base del servidor (otra prueba) retrasa lo visible: se espera.
    """
    leidos: list[EventoLeido] = []
    plazo, espera = time.monotonic() + 20, threading.Event()
    while len(leidos) < cuantos and time.monotonic() < plazo:
        nuevos = eventos_desde(leidos[-1].cursor if leidos else cursor, limite)
        leidos += nuevos
        if not nuevos:
            espera.wait(0.005)
    return leidos


def diario_de(reloj: Reloj, **opciones: Any) -> DiarioDjango:
    """Devuelve un diario en línea."""
    return DiarioDjango(EnLinea(), reloj, **opciones)


def arriendo_de(reloj: Reloj, cuenta: str, titular: str = "proceso-1", **opciones: Any) -> ArriendoDjango:
    """Devuelve un arriendo en línea para el bot de las intenciones de prueba."""
    bot = opciones.pop("bot", "deriv_dinamico")
    sede = opciones.pop("sede", Sede.DERIV)
    return ArriendoDjango(bot, sede, cuenta, titular, EnLinea(), reloj, **opciones)


def con_mando(reloj: Reloj, cuenta: str, **opciones: Any) -> ArriendoDjango:
    """Devuelve un arriendo ya tomado."""
    arriendo = arriendo_de(reloj, cuenta, **opciones)
    assert correr(arriendo.tomar())
    return arriendo
