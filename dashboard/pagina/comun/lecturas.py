"""Lo que toda página pregunta: qué entornos hay."""

from historial.models import Operacion


def entornos_presentes() -> list[str]:
    """Devuelve los entornos de los bots conocidos, sin repetir."""
    return sorted(set(Operacion.objects.order_by().values_list("entorno", flat=True).distinct()))
