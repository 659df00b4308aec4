"""Comprueba un plan con las reglas vivas de la sede: mercado abierto, contrato, duración, monto y pago."""

from collections.abc import Iterable
from decimal import Decimal

from dominio.dinero import decimales_de, truncar
from dominio.errores import ErrorDenegado
from dominio.instrumentos import Instrumento, Oferta
from dominio.puertos import Cotizacion, PlanContrato


def exigir_abierto(instrumentos: Iterable[Instrumento], simbolo: str) -> Instrumento:
    """Devuelve el instrumento si su mercado está abierto.

    Raises:
        ErrorDenegado: DER-304 si la sede no lo enseña; DER-301 si está cerrado o suspendido.
    """
    instrumento = next((uno for uno in instrumentos if uno.simbolo == simbolo), None)
    if instrumento is None:
        raise ErrorDenegado("DER-304", f"Deriv no ofrece «{simbolo}» ahora mismo.", "Revise el activo en el fichero.")
    if not instrumento.abierto:
        raise ErrorDenegado(
            "DER-301", f"El mercado de «{simbolo}» está cerrado.", "Espere a que abra o elija un índice sintético."
        )
    return instrumento


def exigir_ofrecido(ofertas: Iterable[Oferta], plan: PlanContrato) -> None:
    """Raises ErrorDenegado (DER-304) si ninguna oferta admite ese tipo con esa duración. La duración no se cambia."""
    propias = [oferta for oferta in ofertas if oferta.tipo_contrato == plan.direccion and oferta.unidad == plan.unidad]
    if any(oferta.duracion_min <= plan.duracion <= oferta.duracion_max for oferta in propias):
        return
    rangos = ", ".join(f"{oferta.duracion_min}–{oferta.duracion_max} {oferta.unidad}" for oferta in propias)
    raise ErrorDenegado(
        "DER-304",
        f"Deriv no ofrece {plan.direccion} de {plan.duracion} {plan.unidad} sobre «{plan.simbolo}».",
        f"Duraciones que ofrece: {rangos or 'ninguna de esa unidad'}.",
    )


def exigir_monto(plan: PlanContrato) -> None:
    """Raises ErrorDenegado (DER-302) si el monto no es positivo o lleva más decimales que la moneda."""
    if plan.monto <= 0 or truncar(plan.monto, decimales_de(plan.moneda)) != plan.monto:
        raise ErrorDenegado(
            "DER-302",
            f"El monto {plan.monto} {plan.moneda} no es válido.",
            f"Debe ser positivo y con {decimales_de(plan.moneda)} decimales como mucho.",
        )


def exigir_limites(plan: PlanContrato, minimo: Decimal | None, maximo: Decimal | None) -> None:
    """Raises ErrorDenegado (DER-302) si el monto se sale de lo que la sede acaba de decir que admite."""
    if minimo is not None and plan.monto < minimo:
        raise ErrorDenegado(
            "DER-302",
            f"El monto {plan.monto} {plan.moneda} está por debajo del mínimo de la sede ({minimo}).",
            "Nada se redondea hacia arriba: hace falta más saldo o un porcentaje mayor.",
            minimo=str(minimo),
        )
    if maximo is not None and plan.monto > maximo:
        raise ErrorDenegado(
            "DER-302", f"El monto {plan.monto} {plan.moneda} supera el máximo de la sede ({maximo}).", "Baje el monto."
        )


def exigir_pago(cotizacion: Cotizacion, min_pago: float | None) -> None:
    """Raises ErrorDenegado (DER-311) si la ganancia por unidad apostada no llega a ``min_pago``."""
    if min_pago is not None and cotizacion.pago_neto < min_pago:
        raise ErrorDenegado(
            "DER-311",
            f"La sede paga {cotizacion.pago_neto:.3f} por unidad, menos del mínimo pedido ({min_pago:.3f}).",
            "Espere un pago mejor o baje el mínimo.",
        )
