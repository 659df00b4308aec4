"""Cuántas peticiones se atienden por persona o ficha. Parar no tiene límite: nunca se contesta «espere» a un alto."""

from rest_framework.throttling import ScopedRateThrottle


class PorAmbito(ScopedRateThrottle):
    """El límite del ámbito de la vista (``throttle_scope``); sin ámbito, ninguno."""
