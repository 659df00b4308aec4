"""Entre los tipos del dominio y las filas: la intención que se guarda es la que se recupera."""

from datetime import datetime
from typing import Any

from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import EstadoOrden, Intencion, Proposito, TipoOrden
from dominio.puertos import IntencionViva
from dominio.senales import Direccion
from historial.models import Orden
from historial.services.registro import sencillo


def clave_cuenta(sede: str, cuenta: str) -> str:
    """Devuelve «sede:cuenta»: el flujo de auditoría de la cuenta y la clave de su freno."""
    return f"{sede}:{cuenta}"


def campos_de(intencion: Intencion, estado: EstadoOrden, ahora: datetime) -> dict[str, Any]:
    """Devuelve los campos de ``Orden`` para guardar la intención en ese estado."""
    campos = {nombre: getattr(intencion, nombre) for nombre in intencion.__struct_fields__}
    campos["contexto"] = sencillo(intencion.contexto) if intencion.contexto else {}
    return campos | {"estado": estado, "actualizada_en": ahora}


def intencion_de(orden: Orden) -> Intencion:
    """Devuelve la intención tal como se guardó."""
    campos = {nombre: getattr(orden, nombre) for nombre in Intencion.__struct_fields__}
    return Intencion(
        **campos
        | {
            "sede": Sede(orden.sede),
            "entorno": Entorno(orden.entorno),
            "direccion": Direccion(orden.direccion),
            "tipo": TipoOrden(orden.tipo),
            "proposito": Proposito(orden.proposito),
        }
    )


def viva_de(orden: Orden) -> IntencionViva:
    """Devuelve la intención con su estado y lo que se sabe de su suerte."""
    return IntencionViva(
        intencion=intencion_de(orden),
        estado=EstadoOrden(orden.estado),
        enviado_en=orden.enviado_en,
        referencia=orden.referencia,
        busquedas_limpias=orden.busquedas_limpias,
        desconocida_desde=orden.desconocida_desde,
    )
