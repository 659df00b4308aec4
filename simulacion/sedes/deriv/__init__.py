"""El libro de Deriv sin su protocolo: cuentas, contratos CALL/PUT, liquidación y extracto."""

from simulacion.sedes.deriv.libro import LibroDeriv
from simulacion.sedes.deriv.modelos import Contrato, Cuenta, Movida, Pedido, Rechazo, Suceso
from simulacion.sedes.deriv.precios import MARGEN_HISTORICO, MARGEN_RECIENTE, Precio, pago_de

__all__ = [
    "MARGEN_HISTORICO",
    "MARGEN_RECIENTE",
    "Contrato",
    "Cuenta",
    "LibroDeriv",
    "Movida",
    "Pedido",
    "Precio",
    "Rechazo",
    "Suceso",
    "pago_de",
]
