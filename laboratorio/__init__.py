"""Sedes de laboratorio en la propia máquina: hablan los protocolos de verdad y saben fallar."""
