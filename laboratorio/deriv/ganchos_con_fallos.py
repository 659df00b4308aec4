"""Lo que comparten todas las familias de fallos: los interruptores y el azar con semilla."""

from typing import TYPE_CHECKING, Any

from dominio.azar import Azar
from laboratorio.deriv.ganchos import Ganchos
from laboratorio.fallos import Interruptores

if TYPE_CHECKING:
    from laboratorio.deriv.servidor import ServidorDeriv


class GanchosConFallos(Ganchos):
    """Ganchos que consultan unos interruptores."""

    def __init__(self, servidor: "ServidorDeriv", interruptores: Interruptores) -> None:
        super().__init__(servidor)
        self.interruptores = interruptores

    @property
    def azar(self) -> Azar:
        """Devuelve el azar de los fallos."""
        return self.interruptores.azar

    def tomar(self, nombre: str) -> dict[str, Any] | None:
        """Devuelve los datos del fallo armado y lo cuenta como ocurrido, o None."""
        datos = self.interruptores.tomar(nombre)
        if datos is not None:
            self.interruptores.anotar(nombre)
        return datos

    def entre(self, minimo: int, maximo: int) -> float:
        """Devuelve unos segundos al azar, con milésimas."""
        return self.azar.entero(minimo * 1000, maximo * 1000) / 1000

    def elegir(self, *opciones: str) -> str:
        """Devuelve una opción al azar."""
        return opciones[self.azar.entero(0, len(opciones) - 1)]
