"""Lo que escribe en la bandeja de avisos. ``encolar_avisos`` guarda y ``despachar`` envía; nada más sale de aquí."""

from notificaciones.services.bandeja import acusar, acusar_todo, encolar_avisos, repetir_sin_acuse, resolver_asunto
from notificaciones.services.despacho import Despacho, despachar
from notificaciones.services.directos import (
    notificar_conexion_perdida,
    notificar_emergencia,
    notificar_fin_de_pausa,
    notificar_inicio_operativa,
    notificar_orden_en_duda,
    notificar_prueba,
    notificar_reactivacion,
    notificar_resumen_diario,
    notificar_stop_loss,
)
from notificaciones.services.entregas import anotar_entrega, consultar_entregas
from notificaciones.services.traductor import traducir_eventos
from notificaciones.services.vigilancia import encolar_resumen_diario, vigilar_conexiones

__all__ = [
    "Despacho",
    "acusar",
    "acusar_todo",
    "anotar_entrega",
    "consultar_entregas",
    "despachar",
    "encolar_avisos",
    "encolar_resumen_diario",
    "notificar_conexion_perdida",
    "notificar_emergencia",
    "notificar_fin_de_pausa",
    "notificar_inicio_operativa",
    "notificar_orden_en_duda",
    "notificar_prueba",
    "notificar_reactivacion",
    "notificar_resumen_diario",
    "notificar_stop_loss",
    "repetir_sin_acuse",
    "resolver_asunto",
    "traducir_eventos",
    "vigilar_conexiones",
]
