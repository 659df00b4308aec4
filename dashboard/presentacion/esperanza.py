"""La esperanza en palabras: qué acierto se espera, cuál hace falta para no perder y qué resultado da."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec
from django.utils.translation import get_language, gettext

from dashboard.presentacion.formatos import porcentaje

SINTETICOS = ("R_", "1HZ", "BOOM", "CRASH", "JD", "stpRNG", "RB")


class Esperanza(msgspec.Struct, frozen=True):
    """En tanto por ciento. ``esperado_pct`` es del monto: acierto·(1 + pago neto) − 1."""

    operaciones: int
    acierto_pct: float
    equilibrio_pct: float
    esperado_pct: float


def esperanza(filas: Iterable[tuple[float | None, Decimal, Decimal | None]]) -> Esperanza | None:
    """Devuelve la esperanza media de unas operaciones (confianza calibrada, monto, pago bruto); None si no hay ninguna.

    El equilibrio de cada una es monto/pago; el esperado, confianza·pago/monto − 1.
    """
    aciertos, equilibrios, esperados = [], [], []
    for confianza_pct, monto, pago in filas:
        if confianza_pct is None or not pago or not monto:
            continue
        bruto = float(pago / monto)
        aciertos.append(confianza_pct)
        equilibrios.append(100.0 / bruto)
        esperados.append(confianza_pct * bruto - 100.0)
    if not aciertos:
        return None
    cuantas = len(aciertos)
    return Esperanza(cuantas, sum(aciertos) / cuantas, sum(equilibrios) / cuantas, sum(esperados) / cuantas)


def en_palabras(dato: Esperanza | None, activos: Iterable[str]) -> list[str]:
    """Devuelve las frases de la esperanza y, si se opera en índices sintéticos, la advertencia."""
    frases = []
    if dato is None:
        frases.append(gettext("Todavía no hay operaciones con confianza y pago: no se puede decir qué se espera."))
    else:
        valores = {
            "acierto": _pct(dato.acierto_pct),
            "equilibrio": _pct(dato.equilibrio_pct),
            "esperado": _pct(dato.esperado_pct, con_signo=True),
        }
        frases.append(
            gettext(
                "Acierto calibrado %(acierto)s; para no perder hace falta %(equilibrio)s; "
                "resultado esperado %(esperado)s del monto."
            )
            % valores
        )
    if any(activo.startswith(SINTETICOS) for activo in activos):
        frases.append(gettext("En índices sintéticos ninguna señal tiene ventaja demostrada."))
    return frases


def _pct(valor: float, *, con_signo: bool = False) -> str:
    return porcentaje(valor, 1, (get_language() or "es")[:2], con_signo=con_signo)
