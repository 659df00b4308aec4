"""El lenguaje común de Timonel: tipos, puertos y errores. Puro: biblioteca estándar, numpy y msgspec."""
