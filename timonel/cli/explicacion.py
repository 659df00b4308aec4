"""En palabras: cuánto dura una tanda y cuánto se pierde cuando acaba, calculado con la regla del bot."""

from functools import lru_cache

from core.meta_dinamica import ReglaDinamica
from timonel.cli.salida import numero

PAGO_TIPICO = 0.95
OPERACIONES_MAX = 400


@lru_cache(maxsize=32)
def duracion_tanda(monto_pct: float, stop_pct: float, pago: float, acierto: float = 0.5) -> tuple[int, int, int]:
    """Devuelve cuántas operaciones dura una tanda: mediana y cuantiles 5 % y 95 % (mediana, corta, larga).

    Exacto, no simulado: se sigue la probabilidad de cada relación balance/pico, con el monto proporcional al balance.
    """
    gana, pierde, nivel = 1 + monto_pct / 100 * pago, 1 - monto_pct / 100, 1 - stop_pct / 100
    vivas, acabadas = {1.0: 1.0}, 0.0
    cuantiles: list[int] = []
    for operacion in range(1, OPERACIONES_MAX + 1):
        siguientes: dict[float, float] = {}
        for relacion, probabilidad in vivas.items():
            for factor, parte in ((gana, acierto), (pierde, 1 - acierto)):
                nueva = round(min(1.0, relacion * factor), 6)
                if nueva <= nivel:
                    acabadas += probabilidad * parte
                else:
                    siguientes[nueva] = siguientes.get(nueva, 0.0) + probabilidad * parte
        vivas = {relacion: p for relacion, p in siguientes.items() if p > 1e-9}
        cuantiles += [operacion] * (sum(acabadas >= q for q in (0.05, 0.5, 0.95)) - len(cuantiles))
        if len(cuantiles) == 3:
            return cuantiles[1], cuantiles[0], cuantiles[2]
    faltan = [OPERACIONES_MAX] * (3 - len(cuantiles))
    corta, mediana, larga = [*cuantiles, *faltan]
    return mediana, corta, larga


def tanda_tipica(regla: ReglaDinamica, pago: float = PAGO_TIPICO) -> str:
    """Devuelve la frase que explica una tanda: cuánto suele durar y dónde acaba."""
    monto, stop = float(regla.monto_pct), float(regla.stop_pct)
    mediana, corta, larga = duracion_tanda(monto, stop, round(pago, 4))
    tope = " o más" if larga >= OPERACIONES_MAX else ""
    return (
        f"Una tanda típica dura {mediana} operaciones (casi siempre entre {corta} y {larga}{tope}). "
        f"Cada una arriesga el {numero(monto, 1)} % del balance, y la pausa llega cuando se pierde el "
        f"{numero(stop, 1)} % desde el punto más alto: como el stop no se recorta, entre el {numero(stop, 1)} % y el "
        f"{numero(stop + monto, 1)} %. Alcanzar la meta no detiene el bot: solo fija otra."
    )
