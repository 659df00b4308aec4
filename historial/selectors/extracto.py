"""Lecturas del extracto ya anotado de una cuenta."""

from datetime import datetime

from historial.models import MovimientoSede


def hora_del_ultimo_movimiento(sede: str, cuenta: str) -> datetime | None:
    """Devuelve la hora de la fila más reciente anotada, o None si no hay ninguna."""
    filas = MovimientoSede.objects.filter(sede=sede, cuenta=cuenta).order_by("-hora")
    return filas.values_list("hora", flat=True).first()


def movimiento_anotado(sede: str, cuenta: str, transaccion: str) -> bool:
    """Devuelve si esa fila del extracto ya está anotada."""
    return MovimientoSede.objects.filter(sede=sede, cuenta=cuenta, transaccion=transaccion).exists()
