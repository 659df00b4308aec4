"""Cuánto esperar entre intentos de conexión: 1, 2, 4, 8… segundos con tope, y al azar para no volver todos a la vez."""

from dominio.azar import Azar


class Retroceso:
    """Esperas crecientes. Cada una cae al azar entre la mitad y el total de su escalón."""

    def __init__(self, azar: Azar, maximo_s: float, base_s: float = 1.0) -> None:
        self._azar = azar
        self._maximo_s = maximo_s
        self._base_s = base_s
        self._intentos = 0

    def siguiente(self) -> float:
        """Devuelve los segundos que hay que esperar antes del próximo intento."""
        escalon = min(self._base_s * 2.0 ** min(self._intentos, 16), self._maximo_s)
        self._intentos += 1
        return escalon * (0.5 + 0.5 * self._azar.uniforme())

    def reiniciar(self) -> None:
        """Vuelve al primer escalón: la última conexión fue estable."""
        self._intentos = 0
