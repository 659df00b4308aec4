"""Presupuestos de peticiones por minuto y por hora, compartidos por grupos y por debajo de los de la sede.

Cada grupo tiene dos cubos de fichas. Un cubo de capacidad ``c`` que se llena a ``r`` por ventana deja pasar como mucho
``c + r`` en cualquier ventana: con 0,4 y 0,5 del límite de la sede, nunca más del 90 %.
"""

import asyncio
from collections.abc import Callable, Mapping

from dominio.errores import ErrorDenegado, ErrorRetroceder

CAPACIDAD = 0.4
RELLENO = 0.5

LIMITES_NUEVA = {
    "operar": (360, 14_400),
    "cuenta": (100, 2_000),
    "cartera": (30, 1_500),
    "resto": (220, 14_400),
}
# El dialecto v3 los publica en website_status; estos son los de su muestra oficial.
LIMITES_V3 = {"operar": (80, 3_600), "cuenta": (25, 1_500), "cartera": (25, 1_500), "resto": (180, 14_400)}
_GRUPOS = {
    **dict.fromkeys(("proposal", "proposal_open_contract", "buy", "sell"), "operar"),
    **dict.fromkeys(("balance", "statement"), "cuenta"),
    **dict.fromkeys(("portfolio", "profit_table"), "cartera"),
}
_GRUPOS_V3 = {
    **dict.fromkeys(("proposal", "proposal_open_contract"), "operar"),
    **dict.fromkeys(("portfolio", "profit_table", "statement"), "cartera"),
}
LIBRES = frozenset({"ping"})


class Cubo:
    """Un cubo de fichas: ``capacidad`` de golpe y ``por_segundo`` sostenidas. Puede quedar a deber (turnos en fila)."""

    def __init__(self, capacidad: float, por_segundo: float, ahora: float) -> None:
        self.capacidad = capacidad
        self.por_segundo = por_segundo
        self._fichas = capacidad
        self._visto = ahora

    def saldo(self, ahora: float) -> float:
        """Devuelve las fichas que hay; negativo si ya hay turnos repartidos."""
        self._fichas = min(self.capacidad, self._fichas + (ahora - self._visto) * self.por_segundo)
        self._visto = ahora
        return self._fichas

    def espera(self, ahora: float) -> float:
        """Devuelve los segundos que faltan para que haya una ficha entera."""
        return max(0.0, (1.0 - self.saldo(ahora)) / self.por_segundo)

    def gastar(self) -> None:
        """Quita una ficha, aunque quede a deber."""
        self._fichas -= 1.0


class Presupuesto:
    """Reparte turnos. ``tiempo`` da segundos que no retroceden: la hora del bucle."""

    def __init__(self, dialecto: str, tiempo: Callable[[], float]) -> None:
        limites: Mapping[str, tuple[int, int]] = LIMITES_V3 if dialecto == "v3" else LIMITES_NUEVA
        self._grupos = _GRUPOS_V3 if dialecto == "v3" else _GRUPOS
        self._tiempo = tiempo
        ahora = tiempo()
        self._cubos = {
            grupo: (_cubo(minuto, 60.0, ahora), _cubo(hora, 3600.0, ahora)) for grupo, (minuto, hora) in limites.items()
        }
        self._castigo: dict[str, float] = {}
        self._seguidos: dict[str, int] = {}

    def grupo(self, llamada: str) -> str | None:
        """Devuelve el grupo de una llamada; None si no gasta presupuesto."""
        return None if llamada in LIBRES else self._grupos.get(llamada, "resto")

    def espera(self, llamada: str) -> float:
        """Devuelve los segundos que habría que esperar ahora por un turno."""
        grupo = self.grupo(llamada)
        if grupo is None:
            return 0.0
        ahora = self._tiempo()
        castigo = self._castigo.get(grupo, ahora) - ahora
        return max(castigo, *(cubo.espera(ahora) for cubo in self._cubos[grupo]))

    def tomar_ya(self, llamada: str) -> None:
        """Toma un turno sin esperar: para lo que mueve dinero.

        Raises:
            ErrorDenegado: DER-320 si no queda presupuesto en este instante.
        """
        if self.espera(llamada) > 0.0:
            raise ErrorDenegado(
                "DER-320", "Demasiadas peticiones seguidas: la compra no sale.", "Espere al siguiente análisis."
            )
        self._gastar(llamada)

    async def turno(self, llamada: str, espera_max_s: float) -> None:
        """Espera un turno: para lecturas.

        Raises:
            ErrorRetroceder: DER-206 si habría que esperar más de ``espera_max_s``.
        """
        espera = self.espera(llamada)
        if espera > espera_max_s:
            raise ErrorRetroceder(
                "DER-206", "Se agotó el presupuesto de lecturas.", "Se leerá más tarde.", esperar_s=espera
            )
        self._gastar(llamada)
        if espera > 0.0:
            await asyncio.sleep(espera)

    def castigar(self, llamada: str, paso_s: float, maximo_s: float) -> int:
        """Anota que la sede pidió ir más despacio y devuelve cuántas veces seguidas van en ese grupo."""
        grupo = self.grupo(llamada)
        if grupo is None:
            return 1
        seguidos = self._seguidos.get(grupo, 0) + 1
        self._seguidos[grupo] = seguidos
        self._castigo[grupo] = self._tiempo() + min(paso_s * seguidos, maximo_s)
        return seguidos

    def perdonar(self, llamada: str) -> None:
        """Anota una respuesta normal: la cuenta de límites seguidos vuelve a cero."""
        if self._seguidos:
            self._seguidos.pop(self.grupo(llamada) or "", None)

    def _gastar(self, llamada: str) -> None:
        grupo = self.grupo(llamada)
        if grupo is not None:
            for cubo in self._cubos[grupo]:
                cubo.gastar()


def _cubo(limite: int, ventana_s: float, ahora: float) -> Cubo:
    return Cubo(max(1.0, limite * CAPACIDAD), limite * RELLENO / ventana_s, ahora)
