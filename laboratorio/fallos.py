"""Interruptores de fallos: se arman a mano o por sorteo con semilla, y solo cuentan cuando de verdad surten efecto."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from dominio.azar import Azar
from dominio.errores import ErrorUsuario


class Interruptores:
    """Un juego de fallos con nombre. ``cuentas[nombre]`` es cuántas veces surtió efecto cada uno."""

    def __init__(self, nombres: Iterable[str], azar: Azar, sorteables: Iterable[str] = ()) -> None:
        self.nombres = tuple(nombres)
        self.azar = azar
        self.cuentas: dict[str, int] = dict.fromkeys(self.nombres, 0)
        self._armados: dict[str, deque[dict[str, Any]]] = {nombre: deque() for nombre in self.nombres}
        self._por_sorteo = tuple(sorteables)
        self._sorteables: tuple[str, ...] = ()
        self._probabilidad = 0.0
        self._azar_sorteo: Azar = azar

    def programar(self, nombre: str, veces: int = 1, **datos: Any) -> None:
        """Arma un fallo para sus próximas ``veces`` ocasiones, con los datos que admita.

        Raises ErrorUsuario (LAB-01) si no existe.
        """
        if nombre not in self._armados:
            raise ErrorUsuario("LAB-01", f"No hay ningún fallo llamado «{nombre}».", f"Use: {', '.join(self.nombres)}.")
        for _ in range(veces):
            self._armados[nombre].append(dict(datos))

    def armado(self, nombre: str) -> bool:
        """Devuelve si el fallo está esperando su ocasión."""
        return bool(self._armados[nombre])

    def tomar(self, nombre: str) -> dict[str, Any] | None:
        """Devuelve los datos del fallo y lo desarma, o None si no está armado. No cuenta: eso es ``anotar``."""
        cola = self._armados[nombre]
        return cola.popleft() if cola else None

    def devolver(self, nombre: str, datos: dict[str, Any]) -> None:
        """Vuelve a armar un fallo que se tomó y no llegó a surtir efecto."""
        self._armados[nombre].appendleft(datos)

    def anotar(self, nombre: str) -> None:
        """Cuenta que el fallo surtió efecto."""
        self.cuentas[nombre] += 1

    def desarmar(self, nombre: str | None = None) -> None:
        """Quita lo armado de un fallo, o de todos."""
        for uno in (nombre,) if nombre else self.nombres:
            self._armados[uno].clear()

    def sorteo_por_contrato(
        self, p: float = 0.04, nombres: Iterable[str] | None = None, azar: Azar | None = None
    ) -> None:
        """Desde ahora cada contrato arma cada fallo con probabilidad ``p``: los transitorios, o los de ``nombres``.

        Hace ya el primer sorteo, el del primer contrato; ``p=0`` apaga el sorteo y deja lo que ya estaba armado.
        """
        self._sorteables, self._probabilidad = tuple(self._por_sorteo if nombres is None else nombres), p
        self._azar_sorteo = azar or self.azar
        self.sortear()

    def sortear(self) -> None:
        """Un sorteo: uno por contrato. Lo que quedó armado de antes no se arma dos veces."""
        for nombre in self._sorteables:
            sale = self._azar_sorteo.uniforme() < self._probabilidad
            if sale and not self._armados[nombre]:
                self._armados[nombre].append({})
