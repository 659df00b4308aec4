"""Los presupuestos de peticiones de la sede: por grupo de llamadas, por minuto y por hora."""

from collections import deque
from collections.abc import Mapping

MINUTO_S, HORA_S = 60.0, 3600.0
GENERAL = "general"
Limites = Mapping[str, tuple[float, int, float, int]]  # grupo → (ventana, cuántas, otra ventana, cuántas)


def _por_minuto_y_hora(minuto: int, hora: int) -> tuple[float, int, float, int]:
    return MINUTO_S, minuto, HORA_S, hora


GRUPOS_NUEVA = {
    **dict.fromkeys(("proposal", "proposal_open_contract", "buy", "sell"), "precios"),
    **dict.fromkeys(("balance", "statement"), "saldo"),
    **dict.fromkeys(("portfolio", "profit_table"), "cartera"),
    "ping": "ping",
}
LIMITES_NUEVA: Limites = {
    "precios": _por_minuto_y_hora(360, 14_400),
    "saldo": _por_minuto_y_hora(100, 2_000),
    "cartera": _por_minuto_y_hora(30, 1_500),
    GENERAL: _por_minuto_y_hora(220, 14_400),
    "ping": (1.0, 10, MINUTO_S, 600),
}
GRUPOS_V3 = {
    **dict.fromkeys(("proposal", "proposal_open_contract"), "precios"),
    **dict.fromkeys(("portfolio", "statement", "profit_table"), "cartera"),
    "ping": "ping",
}
LIMITES_V3: Limites = {
    "precios": _por_minuto_y_hora(80, 3_600),
    "cartera": _por_minuto_y_hora(25, 1_500),
    GENERAL: _por_minuto_y_hora(180, 14_400),
    "ping": (1.0, 10, MINUTO_S, 600),
}
LIMITES_REST: Limites = {"ip": (MINUTO_S, 300, 600.0, 1_000), "usuario": (MINUTO_S, 80, 600.0, 800)}


class Presupuestos:
    """Ventanas deslizantes por dueño y grupo. Lo que se rechaza no gasta presupuesto."""

    def __init__(self, grupos: Mapping[str, str], limites: Limites) -> None:
        self._grupos = grupos
        self._limites = limites
        self._usos: dict[tuple[str, str], deque[float]] = {}

    def gastar(self, dueno: str, llamada: str, ahora_s: float) -> bool:
        """Devuelve si la petición cabe; si cabe, la apunta."""
        grupo = self._grupos.get(llamada, GENERAL)
        corta, cuantas, larga, muchas = self._limites[grupo]
        usos = self._usos.setdefault((dueno, grupo), deque())
        while usos and usos[0] <= ahora_s - larga:
            usos.popleft()
        if len(usos) >= muchas or (len(usos) >= cuantas and usos[-cuantas] > ahora_s - corta):
            return False
        usos.append(ahora_s)
        return True
