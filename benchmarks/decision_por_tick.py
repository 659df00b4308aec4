"""Mide cuántos ticks por segundo aguanta la decisión entera, en un solo núcleo.

Camino medido, en CADA tick: tick → indicadores → conjunto → probabilidad calibrada → elección entre 10 activos con
pagos ya conocidos. Al lado, en la misma ejecución, la referencia: los mismos indicadores recalculados con TA-Lib sobre
una ventana de 200 precios en cada tick (lo que hace un bot que guarda la serie y llama a la biblioteca), sin calibrar
ni elegir. ``veces_talib`` compara trabajo igual (poner al día los indicadores, y por nuestra parte además las velas, el
conjunto y las etiquetas); ``decision_frente_a_talib``, la decisión entera con solo sus indicadores.

Los ticks son paseos al azar con semilla; se calienta antes de medir, los tres se miden intercalados y se da la mediana.

Uso: ``uv run python benchmarks/decision_por_tick.py [--json] [--ticks N] [--repeticiones R]``
"""

import argparse
import json
import statistics
import sys
import time

import numpy as np

from dominio.velas import Tick
from indicadores import calculo
from trading.motor_senales.motor import EstadoMercado, MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

ACTIVOS = ("R_10", "R_25", "R_50", "R_75", "R_100", "1HZ10V", "1HZ25V", "1HZ50V", "1HZ75V", "1HZ100V")
VENTANA = 200
OBJETIVO = 20_000


def fabricar(cuantos: int, semilla: int) -> list[Tick]:
    """Devuelve ``cuantos`` ticks por activo, intercalados, uno por segundo."""
    pasos = np.random.default_rng(semilla).normal(0.0, 1.3e-4, (cuantos, len(ACTIVOS)))
    precios = np.round(1000.0 * np.exp(np.cumsum(pasos, axis=0)), 2)
    inicio = 1_767_225_600_000
    return [
        Tick(simbolo, inicio + i * 1000, float(precios[i, j]))
        for i in range(cuantos)
        for j, simbolo in enumerate(ACTIVOS)
    ]


def medir_motor(ticks: list[Tick], calentamiento: int, parametros: ParametrosSenales) -> dict[str, float]:
    """Devuelve ticks por segundo con una decisión en cada uno, y los percentiles de una decisión en µs."""
    motor = MotorSenales(parametros, ACTIVOS)
    mercado = {s: EstadoMercado(True, 0.953) for s in ACTIVOS}
    for tick in ticks[:calentamiento]:
        motor.procesar_tick(tick)
    cola = calentamiento + (len(ticks) - calentamiento) * 3 // 4
    medidos = ticks[calentamiento:cola]
    entradas = 0
    inicio = time.perf_counter()
    for tick in medidos:
        motor.procesar_tick(tick)
        if motor.elegir(tick.epoch_ms, mercado).senal is not None:
            entradas += 1
    duracion = time.perf_counter() - inicio
    tardanzas = []
    for tick in ticks[cola:]:
        antes = time.perf_counter_ns()
        motor.procesar_tick(tick)
        motor.elegir(tick.epoch_ms, mercado)
        tardanzas.append((time.perf_counter_ns() - antes) / 1000)
    cortes = statistics.quantiles(tardanzas, n=100)
    return {
        "ticks_por_segundo": len(medidos) / duracion,
        "p50_us": cortes[49],
        "p99_us": cortes[98],
        "decisiones_con_entrada": entradas,
    }


def medir_indicadores(ticks: list[Tick], calentamiento: int) -> float:
    """Devuelve ticks por segundo solo poniendo al día indicadores, velas, conjunto y etiquetas."""
    motor = MotorSenales(ParametrosSenales(), ACTIVOS)
    for tick in ticks[:calentamiento]:
        motor.procesar_tick(tick)
    inicio = time.perf_counter()
    for tick in ticks[calentamiento:]:
        motor.procesar_tick(tick)
    return (len(ticks) - calentamiento) / (time.perf_counter() - inicio)


def medir_talib(ticks: list[Tick]) -> float:
    """Devuelve ticks por segundo recalculando los cinco indicadores con TA-Lib sobre la ventana de cada activo."""
    import talib

    series = {s: np.zeros(VENTANA) for s in ACTIVOS}
    for tick in ticks[: VENTANA * len(ACTIVOS)]:
        serie = series[tick.simbolo]
        serie[:-1] = serie[1:]
        serie[-1] = tick.precio
    medidos = ticks[VENTANA * len(ACTIVOS) :]
    inicio = time.perf_counter()
    for tick in medidos:
        serie = series[tick.simbolo]
        serie[:-1] = serie[1:]
        serie[-1] = tick.precio
        talib.EMA(serie, 9)[-1]
        talib.EMA(serie, 21)[-1]
        talib.RSI(serie, 14)[-1]
        talib.MACD(serie, 12, 26, 9)[2][-1]
        talib.BBANDS(serie, 20, 2.0, 2.0)[0][-1]
        talib.MOM(serie, 10)[-1]
    return len(medidos) / (time.perf_counter() - inicio)


def principal() -> int:
    """Devuelve 0 si se llega al objetivo, 1 si no."""
    opciones = argparse.ArgumentParser(description="Ticks por segundo que aguanta la decisión entera.")
    opciones.add_argument("--json", action="store_true", help="escribe un objeto JSON en la última línea")
    opciones.add_argument("--ticks", type=int, default=4000, help="ticks medidos por activo (por defecto 4000)")
    opciones.add_argument("--repeticiones", type=int, default=5)
    elegidas = opciones.parse_args()
    exigente = ParametrosSenales()
    libre = ParametrosSenales(exigir_ventaja=False)
    calculo.ema(np.ones(5), 2)  # la importación de TA-Lib no se mide
    calentamiento = MotorSenales(libre, ACTIVOS).ticks_calentamiento(1000) * len(ACTIVOS)
    ticks = fabricar(calentamiento // len(ACTIVOS) + elegidas.ticks, semilla=1)
    # Se intercalan para que un bache de la máquina toque a todos por igual.
    filas, exigentes, propios, talib = [], [], [], []
    for _ in range(elegidas.repeticiones):
        filas.append(medir_motor(ticks, calentamiento, libre))
        exigentes.append(medir_motor(ticks, calentamiento, exigente)["ticks_por_segundo"])
        propios.append(medir_indicadores(ticks, calentamiento))
        talib.append(medir_talib(ticks[: VENTANA * len(ACTIVOS) + 10_000]))
    ritmo = statistics.median(f["ticks_por_segundo"] for f in filas)
    indicadores = statistics.median(propios)
    referencia = statistics.median(talib)
    resultado = {
        "ticks_por_segundo": round(ritmo),
        "ticks_por_segundo_exigiendo_ventaja": round(statistics.median(exigentes)),
        "p50_us": round(statistics.median(f["p50_us"] for f in filas), 1),
        "p99_us": round(statistics.median(f["p99_us"] for f in filas), 1),
        "decisiones_con_entrada": filas[0]["decisiones_con_entrada"],
        "activos": len(ACTIVOS),
        "ticks_medidos": elegidas.ticks * len(ACTIVOS) * 3 // 4,
        "repeticiones": elegidas.repeticiones,
        "talib_ventana_200_ticks_por_segundo": round(referencia),
        "indicadores_ticks_por_segundo": round(indicadores),
        "veces_talib": round(indicadores / referencia, 2),
        "decision_frente_a_talib": round(ritmo / referencia, 2),
        "objetivo": OBJETIVO,
    }
    print(f"Decisión entera en cada tick, 10 activos, un núcleo: {resultado['ticks_por_segundo']:,} ticks/s")
    print(f"Solo indicadores, dato a dato:                        {round(indicadores):,} ticks/s")
    print(f"Solo indicadores con TA-Lib sobre 200 precios:        {round(referencia):,} ticks/s")
    if elegidas.json:
        print(json.dumps(resultado))
    return 0 if ritmo >= OBJETIVO else 1


if __name__ == "__main__":
    sys.exit(principal())
