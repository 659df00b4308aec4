"""Borra lo que ya no hace falta mirar, por lotes cortos para no hacer esperar a quien opera.

Nunca toca operaciones, órdenes, movimientos, balances, configuración ni auditoría.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, Q

from historial.models import Evento, HuecoFicticio, Latido, Trabajo, Vela
from historial.retencion import Plazos

LOTE = 2000


def retener(
    plazos: Plazos, *, ahora: datetime, eventos_hasta_id: int | None = None, lote: int = LOTE
) -> dict[str, Any]:
    """Borra lo vencido y devuelve cuántas filas de cada tabla. Cortarlo a medias solo deja trabajo para la próxima.

    ``eventos_hasta_id``: el último evento que los avisos ya tradujeron; lo posterior no se borra aunque haya vencido.
    """
    viejo = {nombre: ahora - timedelta(days=dias) for nombre, dias in plazos.model_dump().items()}
    eventos = Q(en__lt=viejo["eventos_dias"])
    if eventos_hasta_id is not None:
        eventos &= Q(pk__lte=eventos_hasta_id)
    return {
        "eventos": _borrar(Evento, eventos, lote),
        "velas": _borrar(Vela, Q(inicio__lt=viejo["velas_dias"]), lote),
        "latidos": _borrar(Latido, Q(en__lt=viejo["latidos_dias"]), lote),
        "huecos": _borrar(HuecoFicticio, Q(hasta__lt=viejo["huecos_dias"]), lote),
        "trabajos": _borrar(Trabajo, Q(empezado_en__lt=viejo["trabajos_dias"]) & Q(terminado_en__isnull=False), lote),
    }


def _borrar(modelo: type[Model], vencidas: Q, lote: int) -> int:
    """Devuelve cuántas borró. Cada lote es una transacción: entre uno y otro escribe quien lo necesite."""
    total = 0
    while claves := list(modelo._default_manager.filter(vencidas).order_by("pk").values_list("pk", flat=True)[:lote]):
        modelo._default_manager.filter(pk__in=claves)._raw_delete("default")
        total += len(claves)
        if len(claves) < lote:
            break
    return total
