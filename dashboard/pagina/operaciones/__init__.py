"""Operaciones: la tabla con filtros, el cajón con la vida de cada orden y la descarga."""
