"""De cada código de Twilio a lo que se hace con él, puro. Lo que no está en la tabla lo decide su clase HTTP.

Fuente: https://www.twilio.com/docs/api/errors (códigos de la API de mensajes y del canal de WhatsApp).
"""

from notificaciones.canales import Reaccion

REACCIONES: dict[int, Reaccion] = {
    20003: Reaccion.PARAR,  # credenciales que no valen
    20005: Reaccion.PARAR,  # cuenta suspendida
    20404: Reaccion.CONFIGURACION,  # la cuenta o el recurso no existe
    20429: Reaccion.RETROCEDER,  # demasiadas peticiones a la vez: no se procesó
    20500: Reaccion.BUSCAR,
    20503: Reaccion.BUSCAR,
    21211: Reaccion.CONFIGURACION,  # el número de destino no es un número
    21212: Reaccion.CONFIGURACION,  # el remitente no es un número
    21408: Reaccion.CONFIGURACION,  # ese país no está permitido en la cuenta
    21606: Reaccion.CONFIGURACION,  # el remitente no es de la cuenta
    21608: Reaccion.DESTINATARIO,  # cuenta de prueba: ese destino no está verificado
    21610: Reaccion.DESTINATARIO,  # pidió no recibir más
    21611: Reaccion.RETROCEDER,  # la cola del remitente está llena
    21614: Reaccion.DESTINATARIO,
    21617: Reaccion.CONFIGURACION,  # el texto pasa del máximo
    21655: Reaccion.CONFIGURACION,  # la plantilla no existe
    21656: Reaccion.CONFIGURACION,  # las variables no casan con la plantilla
    30001: Reaccion.RETROCEDER,  # cola desbordada
    63003: Reaccion.DESTINATARIO,  # ese número no tiene WhatsApp
    63005: Reaccion.CONFIGURACION,
    63007: Reaccion.CONFIGURACION,  # el remitente no es de WhatsApp o falta el prefijo
    63013: Reaccion.CONFIGURACION,
    63015: Reaccion.DESTINATARIO,  # el número de pruebas pide que el destinatario se una antes
    63016: Reaccion.PLANTILLA,  # fuera de la ventana de 24 horas
    63018: Reaccion.RETROCEDER,  # límite de ritmo del canal
    63021: Reaccion.CONFIGURACION,  # pasa de 1024 caracteres
    63024: Reaccion.DESTINATARIO,
    63032: Reaccion.DESTINATARIO,
    63038: Reaccion.RETROCEDER,  # límite diario de la cuenta de prueba
}
QUE_HACER: dict[Reaccion, str] = {
    Reaccion.PARAR: "Revise TIMONEL_TWILIO_CUENTA y TIMONEL_TWILIO_TOKEN.",
    Reaccion.RETROCEDER: "Twilio pide ir más despacio: se reintenta solo.",
    Reaccion.REINTENTAR: "No se llegó a Twilio: se reintenta solo.",
    Reaccion.PLANTILLA: "Fuera de las 24 horas hace falta plantilla: ponga TIMONEL_TWILIO_PLANTILLA_GENERAL.",
    Reaccion.CONFIGURACION: "Revise el remitente, el destinatario y las plantillas.",
    Reaccion.DESTINATARIO: "Ese destinatario no puede recibirlo: mire el código en la página de errores de Twilio.",
    Reaccion.BUSCAR: "No se sabe si salió: se busca en la cuenta antes de repetirlo.",
}
DEMASIADAS = 429
PLAZO = 408
FALLO_SUYO = 500


def reaccion(codigo: int | None, estado_http: int | None = None) -> Reaccion:
    """Devuelve qué hacer: por el código si se conoce; si no, por el estado HTTP; sin nada, buscar."""
    if codigo in REACCIONES:
        return REACCIONES[codigo]
    if estado_http is None or estado_http >= FALLO_SUYO or estado_http == PLAZO:
        return Reaccion.BUSCAR
    if estado_http == DEMASIADAS:
        return Reaccion.RETROCEDER
    if estado_http in (401, 403):
        return Reaccion.PARAR
    return Reaccion.CONFIGURACION


def de_entrega(codigo: int | None) -> Reaccion:
    """Devuelve qué hacer con un mensaje aceptado que luego falló: sin código conocido, ese destinatario no pudo."""
    return REACCIONES.get(codigo or 0, Reaccion.DESTINATARIO)
