"""Los 20 interruptores de fallos de Deriv."""

from laboratorio.deriv.ganchos import Ganchos
from laboratorio.fallos import Interruptores
from dominio.azar import AzarSemilla


class EfectosDeriv(Ganchos):
    def __init__(self, servidor):
        super().__init__(servidor)
        self.interruptores = Interruptores((), AzarSemilla(1))
