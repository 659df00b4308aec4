"""Las reglas de liquidación, exactas: entrada, salida, empate y momento de la venta. Sin estado propio.

Entrada: el primer tick estrictamente posterior al inicio. N ticks: la salida es el N-ésimo tick tras el de entrada (el
N+1 desde la compra). Con tiempo: la salida es el último tick con hora ≤ vencimiento, y se vende en el siguiente tick.
CALL y PUT pierden el empate; CALLE y PUTE lo ganan.
"""

from decimal import Decimal

from dominio.dinero import CERO
from simulacion.sedes.deriv.modelos import ANULADO, GANADO, PERDIDO, Contrato

NADA, ENTRADA, TICK, VENCIDO, LIQUIDABLE = "", "entrada", "tick", "vencido", "liquidable"


def aplicar_tick(contrato: Contrato, epoch: int, precio: float) -> str:
    """Devuelve qué significa ese tick para el contrato y lo anota en él."""
    if contrato.cerrado or epoch <= contrato.inicio:
        return NADA
    if contrato.entrada is None:
        contrato.entrada = contrato.ultimo = (epoch, precio)
        contrato.serie.append((epoch, precio))
        return ENTRADA
    if contrato.ultimo is not None and epoch <= contrato.ultimo[0]:
        return NADA
    if contrato.vencido:
        return _tras_vencer(contrato, epoch)
    _avanzar(contrato, epoch, precio)
    return _tras_vencer(contrato, epoch, recien=True) if contrato.vencido else TICK


def resultado(contrato: Contrato) -> tuple[str, Decimal]:
    """Devuelve el estado final y lo que se cobra."""
    if contrato.anular or contrato.entrada is None or contrato.salida is None:
        return contrato.anular or ANULADO, contrato.precio
    entrada, salida = contrato.entrada[1], contrato.salida[1]
    return (GANADO, contrato.pago) if gana(contrato.pedido.tipo, entrada, salida) else (PERDIDO, CERO)


def gana(tipo: str, entrada: float, salida: float) -> bool:
    """Devuelve si gana un contrato de ese tipo con esos dos precios mostrados."""
    if entrada == salida:
        return tipo in ("CALLE", "PUTE")
    return (salida > entrada) == tipo.startswith("CALL")


def _avanzar(contrato: Contrato, epoch: int, precio: float) -> None:
    ticks = contrato.pedido.ticks
    if ticks:
        contrato.serie.append((epoch, precio))
        contrato.ultimo = (epoch, precio)
        if len(contrato.serie) == ticks + 1:
            contrato.salida, contrato.vencido = contrato.ultimo, True
        return
    if contrato.vence is not None and epoch > contrato.vence:
        contrato.salida, contrato.vencido = contrato.ultimo, True
    else:
        contrato.ultimo = (epoch, precio)


def _tras_vencer(contrato: Contrato, epoch: int, recien: bool = False) -> str:
    if contrato.retener_hasta is not None and epoch < contrato.retener_hasta:
        return VENCIDO if recien else TICK
    return LIQUIDABLE
