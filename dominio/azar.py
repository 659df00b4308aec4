"""El único lugar de donde sale el azar del motor. Con semilla, la misma secuencia siempre."""

import random
import secrets
from typing import Protocol


class Azar(Protocol):
    """De dónde salen los números al azar."""

    def uniforme(self) -> float:
        """Devuelve un real en [0, 1)."""
        ...

    def entero(self, minimo: int, maximo: int) -> int:
        """Devuelve un entero entre los dos, incluidos."""
        ...

    def hexadecimal(self, octetos: int) -> str:
        """Devuelve ``2·octetos`` cifras hexadecimales."""
        ...


class AzarSemilla:
    """Azar reproducible a partir de una semilla."""

    def __init__(self, semilla: "int | str") -> None:
        self._generador = random.Random(semilla)  # noqa: S311 - no es criptografía: reproducibilidad

    def uniforme(self) -> float:
        return self._generador.random()

    def entero(self, minimo: int, maximo: int) -> int:
        return self._generador.randint(minimo, maximo)

    def hexadecimal(self, octetos: int) -> str:
        return self._generador.randbytes(octetos).hex()


class AzarSistema(AzarSemilla):
    """Azar del sistema operativo, para producción."""

    def __init__(self) -> None:
        super().__init__(secrets.randbits(64))
