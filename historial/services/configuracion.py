"""Los valores que se cambian desde el panel: cada cambio deja su historia, su auditoría y su evento."""

from datetime import datetime

from django.db import transaction

from historial.models import CambioConfiguracion, Configuracion
from historial.services.registro import publicar_evento, registrar_auditoria

FLUJO = "configuracion"


def fijar_configuracion(clave: str, valor: str, actor: str, *, ahora: datetime, descripcion: str | None = None) -> bool:
    """Guarda el valor y devuelve si cambió; poner el mismo valor no deja historia."""
    with transaction.atomic():
        actual = Configuracion.objects.select_for_update().filter(clave=clave).first()
        antes = actual.valor if actual else None
        if antes == valor:
            return False
        valores = {"valor": valor, "updated_at": ahora}
        if descripcion is not None:
            valores["descripcion"] = descripcion
        Configuracion.objects.update_or_create(clave=clave, defaults=valores)
        CambioConfiguracion.objects.create(clave=clave, antes=antes, despues=valor, actor=actor, en=ahora)
        datos = {"clave": clave, "antes": antes, "despues": valor}
        registrar_auditoria(FLUJO, "configuracion", datos, actor=actor, ahora=ahora, objeto=clave[:96])
        publicar_evento(FLUJO, "configuracion", {"clave": clave, "actor": actor}, ahora=ahora)
    return True
