"""Etiquetas virtuales: qué le habría pasado a un contrato comprado con cada señal, sin comprarlo.

Reglas de la sede: la entrada es el primer tick DESPUÉS de la decisión. Con duración en ticks, la salida es el N-ésimo
tick tras la entrada; en segundos, el último tick no posterior al vencimiento. CALL gana si la salida es estrictamente
mayor, PUT si es estrictamente menor: el empate pierde en las dos.

En cada activo hay una sola etiqueta abierta a la vez: los plazos no se solapan y los resultados son independientes
entre sí (si se solaparan, cinco etiquetas de cinco ticks serían casi la misma y las cotas mentirían).
"""

import msgspec


class Madura(msgspec.Struct, frozen=True, gc=False):
    """Una etiqueta terminada: la fuerza de la señal, la probabilidad que se dijo entonces y si habría acertado."""

    fuerza: float
    prevista: float
    acierto: bool


class EtiquetaVirtual:
    """La etiqueta abierta de un activo, si la hay."""

    __slots__ = (
        "_duracion",
        "_en_ticks",
        "_entrada",
        "_faltan",
        "_prevista",
        "_ultimo",
        "_vence_ms",
        "abierta",
        "crudo",
    )

    def __init__(self, duracion: int, unidad: str) -> None:
        self._duracion = duracion
        self._en_ticks = unidad == "t"
        self.abierta = False
        self.crudo = 0.0
        self._prevista = 0.0
        self._entrada = 0.0
        self._ultimo = 0.0
        self._faltan = 0
        self._vence_ms = 0

    def abrir(self, epoch_ms: int, crudo: float, prevista: float) -> None:
        """Empieza una etiqueta con la señal cruda de ese instante y la probabilidad que se le daba."""
        self.abierta = True
        self.crudo = crudo
        self._prevista = prevista
        self._entrada = 0.0
        self._faltan = self._duracion + 1
        self._vence_ms = epoch_ms + self._duracion * 1000

    def anular(self) -> None:
        """Descarta la etiqueta: tras un hueco no se sabe cuál habría sido la salida."""
        self.abierta = False

    def avanzar(self, epoch_ms: int, precio: float) -> Madura | None:
        """Devuelve la etiqueta si este tick la deja resuelta; None si sigue abierta, no la hay o quedó sin entrada."""
        if not self.abierta:
            return None
        if self._en_ticks:
            self._faltan -= 1
            if self._faltan == 0:
                return self._resolver(precio)
        elif epoch_ms > self._vence_ms:
            return self._resolver(self._ultimo)
        if self._entrada == 0.0:
            self._entrada = precio
        self._ultimo = precio
        return None

    def _resolver(self, salida: float) -> Madura | None:
        self.abierta = False
        if self._entrada == 0.0:  # venció antes del primer tick: no habría habido contrato
            return None
        recorrido = salida - self._entrada
        return Madura(abs(self.crudo), self._prevista, recorrido > 0.0 if self.crudo > 0.0 else recorrido < 0.0)
