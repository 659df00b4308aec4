"""Los nombres que se leen en la bandeja: estados, canales, destinatarios y códigos de error en palabras."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notificaciones.canales import Reaccion
from notificaciones.errores_twilio import reaccion

ESTADOS = {
    "pendiente": ("", gettext_lazy("EN COLA")),
    "enviando": ("atencion", gettext_lazy("ENVIANDO")),
    "aceptado": ("bien", gettext_lazy("ENVIADO")),
    "entregado": ("bien", gettext_lazy("ENTREGADO")),
    "leido": ("bien", gettext_lazy("LEÍDO")),
    "fallido": ("mal", gettext_lazy("FALLÓ")),
    "desconocido": ("atencion", gettext_lazy("SIN SABER")),
    "descartado": ("", gettext_lazy("DESCARTADO")),
}
URGENCIAS = {
    "ya": ("mal", gettext_lazy("URGENTE")),
    "hoy": ("atencion", gettext_lazy("HOY")),
    "resumen": ("", gettext_lazy("RESUMEN")),
}
CANALES = {"whatsapp": gettext_lazy("WhatsApp"), "apprise": gettext_lazy("Segundo canal")}
_POR_CODIGO = {
    "20003": gettext_lazy("Twilio no reconoce la cuenta o su clave."),
    "20005": gettext_lazy("La cuenta de Twilio está suspendida."),
    "21211": gettext_lazy("El número del destinatario no es válido."),
    "21408": gettext_lazy("La cuenta de Twilio no tiene permitido ese país."),
    "21606": gettext_lazy("El remitente no es de la cuenta de Twilio."),
    "21608": gettext_lazy("La cuenta es de prueba y ese destinatario no está verificado."),
    "21610": gettext_lazy("El destinatario pidió no recibir más mensajes."),
    "63003": gettext_lazy("Ese número no tiene WhatsApp."),
    "63007": gettext_lazy("El remitente no está dado de alta en WhatsApp."),
    "63015": gettext_lazy("El destinatario tiene que unirse antes al número de pruebas."),
    "63016": gettext_lazy("Pasaron más de 24 horas desde su último mensaje: hace falta una plantilla."),
    "63018": gettext_lazy("WhatsApp pide ir más despacio."),
    "RESUELTO": gettext_lazy("Se resolvió antes de que saliera."),
    "SIN-ACUSE": gettext_lazy("El canal no dice si llegó."),
    "CADUCADO": gettext_lazy("Caducó antes de poder salir."),
}
_POR_REACCION = {
    Reaccion.PARAR: gettext_lazy("El canal está parado: hay que revisar la cuenta de Twilio."),
    Reaccion.RETROCEDER: gettext_lazy("Twilio pide ir más despacio; se reintenta solo."),
    Reaccion.REINTENTAR: gettext_lazy("No se llegó al canal; se reintenta solo."),
    Reaccion.PLANTILLA: gettext_lazy("Hace falta una plantilla aprobada."),
    Reaccion.CONFIGURACION: gettext_lazy("Hay que revisar el remitente, el destinatario o la plantilla."),
    Reaccion.DESTINATARIO: gettext_lazy("Ese destinatario no puede recibirlo."),
    Reaccion.BUSCAR: gettext_lazy("No se sabe si salió; se busca antes de repetirlo."),
}


def destinatario(etiqueta: str) -> str:
    """Devuelve «Destinatario 1» de «destino-1»: el número de teléfono no sale nunca de la configuración."""
    clase, _guion, numero = etiqueta.rpartition("-")
    if not numero.isdecimal():
        return etiqueta
    return (_("Segundo canal %(n)s") if clase == "apprise" else _("Destinatario %(n)s")) % {"n": numero}


def error_en_palabras(codigo: str) -> str:
    """Devuelve qué significa el código de error de un envío; vacío si no hay error."""
    if not codigo:
        return ""
    if codigo in _POR_CODIGO:
        return str(_POR_CODIGO[codigo])
    return str(_POR_REACCION[reaccion(int(codigo) if codigo.isdecimal() else None)])
