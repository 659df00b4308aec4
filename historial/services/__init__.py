"""Lo que escribe en el historial. Todo es síncrono y se puede componer dentro de una transacción de quien llama."""

from historial.services.configuracion import fijar_configuracion
from historial.services.cuentas import anotar_balance, anotar_externa, anotar_movimiento
from historial.services.frenos import fijar_freno
from historial.services.mando import pedir_mando, recoger_mandos, terminar_mando, tomar_mando
from historial.services.operaciones import cerrar_operacion
from historial.services.ordenes import resolver_orden
from historial.services.registro import publicar_evento, registrar_auditoria

__all__ = [
    "anotar_balance",
    "anotar_externa",
    "anotar_movimiento",
    "cerrar_operacion",
    "fijar_configuracion",
    "fijar_freno",
    "pedir_mando",
    "publicar_evento",
    "recoger_mandos",
    "registrar_auditoria",
    "resolver_orden",
    "terminar_mando",
    "tomar_mando",
]
