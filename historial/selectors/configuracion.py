"""Los ajustes vigentes y su historia."""

from historial.models import CambioConfiguracion, Configuracion


def configuracion(clave: str) -> str | None:
    """Devuelve el valor vigente de un ajuste, o None si no está."""
    return Configuracion.objects.filter(clave=clave).values_list("valor", flat=True).first()


def toda_la_configuracion() -> dict[str, str]:
    """Devuelve todos los ajustes y sus valores."""
    return dict(Configuracion.objects.order_by("clave").values_list("clave", "valor"))


def historia_de(clave: str) -> list[CambioConfiguracion]:
    """Devuelve los cambios de un ajuste, del más reciente al más antiguo."""
    return list(CambioConfiguracion.objects.filter(clave=clave).order_by("-pk"))
