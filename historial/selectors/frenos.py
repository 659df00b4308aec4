"""El freno guardado en la base."""

from django.db.models import Q

from dominio.freno import Freno, leer, mas_estricto
from historial.models import EstadoFreno
from historial.services.traduccion import clave_cuenta


def freno_vigente(bot: str, sede: str, cuenta: str) -> Freno:
    """Devuelve el más estricto de los frenos global, de la cuenta y del bot. Sin la fila global, DETENIDO."""
    filas = EstadoFreno.objects.filter(
        Q(ambito="global") | Q(ambito="cuenta", clave=clave_cuenta(sede, cuenta)) | Q(ambito="bot", clave=bot)
    )
    leidos = {(fila.ambito, fila.clave): leer(fila.estado) for fila in filas}
    return mas_estricto(leidos.values()) if ("global", "") in leidos else Freno.DETENIDO
