"""Sistema: cómo están las sedes, la base, los trabajos, las versiones y la auditoría."""
