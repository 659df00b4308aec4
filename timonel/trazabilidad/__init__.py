"""La trazabilidad: de cada cosa que piden las especificaciones, dónde vive y qué prueba lo demuestra.

``informe()`` la cuenta; ``python -m timonel.trazabilidad`` pone al día la tabla y la página.
"""

from timonel.trazabilidad.informe import informe, rotas

__all__ = ["informe", "rotas"]
