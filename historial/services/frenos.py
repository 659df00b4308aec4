"""Pone y quita el freno. Parar no pregunta; arrancar de nuevo lo autoriza quien llama, antes de llegar aquí."""

from datetime import datetime

from django.db import transaction

from dominio.errores import ErrorUsuario
from dominio.freno import Freno
from historial.models import EstadoFreno
from historial.services.registro import publicar_evento, registrar_auditoria

AMBITOS = ("global", "cuenta", "bot")
FLUJO = "freno"


def fijar_freno(ambito: str, clave: str, freno: Freno, motivo: str, actor: str, *, ahora: datetime) -> bool:
    """Fija el freno de un ámbito y devuelve si cambió. Queda auditado aunque ya estuviera así.

    ``clave``: vacía en «global», «sede:cuenta» en «cuenta», el nombre en «bot».

    Raises:
        ErrorUsuario: FRE-02 si el ámbito no existe o le falta o le sobra la clave.
    """
    if ambito not in AMBITOS or bool(clave) == (ambito == "global"):
        raise ErrorUsuario("FRE-02", f"No hay un freno «{ambito}» con clave «{clave}».", "Use global, cuenta o bot.")
    with transaction.atomic():
        antes = EstadoFreno.objects.select_for_update().filter(ambito=ambito, clave=clave).first()
        valores = {"estado": freno, "motivo": motivo, "actor": actor, "en": ahora}
        EstadoFreno.objects.update_or_create(ambito=ambito, clave=clave, defaults=valores)
        datos = {
            "ambito": ambito,
            "clave": clave,
            "antes": antes.estado if antes else None,
            "estado": freno,
            "motivo": motivo,
        }
        registrar_auditoria(FLUJO, "freno", datos, actor=actor, ahora=ahora, objeto=clave)
        publicar_evento(FLUJO, "freno", datos | {"actor": actor}, ahora=ahora)
    return antes is None or antes.estado != freno
