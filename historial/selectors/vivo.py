"""Lo último que se supo de un bot: para enseñarlo y para saber desde cuándo faltó."""

from datetime import datetime

from historial.models import Latido, Operacion


def visto_por_ultima_vez(bot: str, sede: str, cuenta: str) -> datetime | None:
    """Devuelve cuándo dio el bot su última señal de vida: un latido o una operación que acabó. None si nunca."""
    latido = Latido.objects.filter(bot=bot, sede=sede, cuenta=cuenta).values_list("en", flat=True).first()
    ultima = (
        Operacion.objects.filter(bot=bot, sede=sede, cuenta=cuenta)
        .order_by("-pk")
        .values_list("updated_at", flat=True)
        .first()
    )
    return max((momento for momento in (latido, ultima) if momento is not None), default=None)
