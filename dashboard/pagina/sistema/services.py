"""La comprobación de la auditoría pedida a mano."""

from django.conf import settings

from dominio.errores import ErrorUsuario
from historial.auditoria import Verificacion, verificar
from historial.models import CabezaAuditoria
from historial.services.periodicos import FICHERO_ANCLAS

# Recorrerla cuesta unos 20 µs por eslabón: hasta aquí cabe en una petición.
MAXIMO = 250_000


def verificar_ahora() -> Verificacion:
    """Devuelve lo que da recorrer la cadena entera.

    Raises:
        ErrorUsuario: PAN-11 si es demasiado larga para una petición.
        ErrorPermanente: AUD-01 si el fichero de anclas no se puede leer.
    """
    if sum(CabezaAuditoria.objects.values_list("seq", flat=True)) > MAXIMO:
        raise ErrorUsuario(
            "PAN-11",
            "La cadena es larga para comprobarla desde aquí.",
            "Se comprueba sola cada seis horas; para hacerlo ya: «timonel auditoria».",
        )
    return verificar(settings.DATOS / FICHERO_ANCLAS)
