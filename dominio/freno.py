"""El freno: un campo aparte del ciclo del bot. El más estricto manda; lo ilegible es DETENIDO."""

from collections.abc import Iterable
from enum import StrEnum

from dominio.errores import ErrorNoEnviada
from dominio.ordenes import Intencion


class Freno(StrEnum):
    """ACTIVO deja pasar todo; REDUCIENDO no deja entrar; DETENIDO solo deja protecciones y cierres pedidos."""

    ACTIVO = "ACTIVO"
    REDUCIENDO = "REDUCIENDO"
    DETENIDO = "DETENIDO"

    @property
    def rigor(self) -> int:
        """Devuelve 0, 1 o 2: cuanto mayor, más estricto."""
        return (Freno.ACTIVO, Freno.REDUCIENDO, Freno.DETENIDO).index(self)


def leer(texto: str | None) -> Freno:
    """Devuelve el freno escrito en ``texto``; cualquier cosa que no se entienda es DETENIDO."""
    try:
        return Freno(texto) if texto is not None else Freno.DETENIDO
    except ValueError:
        return Freno.DETENIDO


def mas_estricto(frenos: Iterable[Freno]) -> Freno:
    """Devuelve el más estricto; sin ninguno, DETENIDO."""
    return max(frenos, key=lambda freno: freno.rigor, default=Freno.DETENIDO)


def exigir_permiso(freno: Freno, intencion: Intencion) -> None:
    """Raises ErrorNoEnviada (FRE-01) si el freno no deja salir la intención."""
    if freno is not Freno.ACTIVO and intencion.aumenta_exposicion:
        raise ErrorNoEnviada("FRE-01", f"El freno está en {freno}: no se abren posiciones.")
