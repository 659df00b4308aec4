"""El resumen de una sesión de un bot: cifras del libro, no impresiones."""

from decimal import Decimal
from typing import Any

from core.estado_bot import EstadoBot


def resumir(bot: str, inicial: EstadoBot, final: EstadoBot) -> dict[str, Any]:
    """Devuelve las cifras de la sesión. Cuadran al céntimo: final − inicial = beneficio + movimientos ajenos.

    Los balances son asentados: la prima de un contrato abierto sigue contada en ellos.
    """
    antes, despues = inicial.contadores, final.contadores
    ganados, perdidos = despues.ganadas - antes.ganadas, despues.perdidas - antes.perdidas
    nulos = despues.nulas - antes.nulas
    return {
        "bot": bot,
        "contratos": ganados + perdidos + nulos,
        "ganados": ganados,
        "perdidos": perdidos,
        "nulos": nulos,
        "balance_inicial": _numero(inicial.libro.asentado),
        "balance_final": _numero(final.libro.asentado),
        "beneficio_total": _numero(final.libro.beneficio - inicial.libro.beneficio),
        "movimientos_ajenos": _numero(final.libro.ajenos - inicial.libro.ajenos),
        "ciclo": str(final.ciclo),
        "tanda": final.tanda.numero,
    }


def _numero(importe: Decimal) -> float:
    """Devuelve el importe como número de JSON; un float de 15 cifras guarda los céntimos sin pérdida."""
    return float(importe)
