"""Una Deriv de laboratorio: REST y WebSocket en la propia máquina, sobre el libro de ``simulacion.sedes.deriv``."""

from laboratorio.deriv.servidor import ServidorDeriv

__all__ = ["ServidorDeriv"]
