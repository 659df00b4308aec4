"""Propuestas de precio: cada una vale solo en la conexión que la pidió y por un rato."""

import msgspec

from simulacion.sedes.deriv import Pedido, Precio


class PropuestaViva(msgspec.Struct, frozen=True):
    """Una propuesta dada a una conexión."""

    pedido: Pedido
    precio: Precio
    creada_ms: int

    def renovada(self, ahora_ms: int) -> "PropuestaViva":
        """Devuelve la misma propuesta como recién hecha."""
        return msgspec.structs.replace(self, creada_ms=ahora_ms)
