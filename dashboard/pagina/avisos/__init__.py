"""Avisos: la bandeja, qué fue de cada mensaje y qué falta por configurar."""
