"""Qué ticks valen: ni repetidos, ni hacia atrás, ni del futuro, ni a un precio imposible. Y cuáles tardan demasiado."""

from dominio.velas import Tick
from integracion_deriv.codec import intervalo_ms

FUTURO_MAX_MS = 30_000
INTERVALO_POR_DEFECTO_MS = 20_000
VECES = 3
HOLGURA_MS = 1_000
SALTO_MAX = 2.0
SALTOS_SEGUIDOS = 3


class _Ficha:
    __slots__ = ("avisado", "desde_s", "epoch_ms", "precio", "saltos", "umbral_ms")

    def __init__(self, ahora_s: float, umbral_ms: int) -> None:
        self.epoch_ms = 0
        self.desde_s = ahora_s
        self.umbral_ms = umbral_ms
        self.avisado = False
        self.precio = 0.0
        self.saltos = 0

    def creible(self, tick: Tick) -> bool:
        """Devuelve si el precio puede ser verdad. Un salto al doble o a la mitad solo se cree a la tercera seguida."""
        if not tick.precio > 0.0 or tick.compra > tick.venta > 0.0:
            return False
        if self.precio and not 1 / SALTO_MAX < tick.precio / self.precio < SALTO_MAX:
            self.saltos += 1
            if self.saltos < SALTOS_SEGUIDOS:
                return False
        self.precio, self.saltos = tick.precio, 0
        return True


class FiltroTicks:
    """Lleva, por símbolo, el último tick bueno y cuándo llegó. Los tiempos en segundos son del bucle."""

    def __init__(self) -> None:
        self._fichas: dict[str, _Ficha] = {}
        self.descartados = 0

    def esperar(self, simbolo: str, ahora_s: float) -> None:
        """Empieza (o vuelve a empezar, tras reconectar) a esperar ticks de un símbolo."""
        ficha = self._fichas.get(simbolo)
        if ficha is None:
            intervalo = intervalo_ms(simbolo) or INTERVALO_POR_DEFECTO_MS
            self._fichas[simbolo] = _Ficha(ahora_s, VECES * intervalo)
        else:
            ficha.desde_s, ficha.avisado = ahora_s, False

    def olvidar(self, simbolo: str) -> None:
        """Deja de esperar ticks de un símbolo."""
        self._fichas.pop(simbolo, None)

    def admitir(self, tick: Tick, ahora_s: float, sede_ms: int) -> bool:
        """Devuelve si el tick es nuevo. ``sede_ms``: la hora que debe de ser en la sede.

        Uno con la hora mucho más allá de la de la sede se descarta: si se admitiera, taparía todos los buenos.
        """
        ficha = self._fichas.get(tick.simbolo)
        if ficha is None or tick.epoch_ms <= ficha.epoch_ms or tick.epoch_ms > sede_ms + FUTURO_MAX_MS:
            self.descartados += 1
            return False
        if not ficha.creible(tick):
            self.descartados += 1
            return False
        ficha.epoch_ms = tick.epoch_ms
        if sede_ms - tick.epoch_ms <= ficha.umbral_ms + HOLGURA_MS:  # uno viejo no prueba que el canal esté al día
            ficha.desde_s, ficha.avisado = ahora_s, False
        return True

    def edad_ms(self, simbolo: str, ahora_s: float) -> int:
        """Devuelve cuánto hace del último tick fresco (o de que se empezó a esperar); 0 si no se espera."""
        ficha = self._fichas.get(simbolo)
        return 0 if ficha is None else int((ahora_s - ficha.desde_s) * 1000)

    def rancios(self, ahora_s: float) -> tuple[str, ...]:
        """Devuelve los símbolos que llevan más de tres intervalos sin un tick fresco."""
        return tuple(
            simbolo
            for simbolo, ficha in self._fichas.items()
            if (ahora_s - ficha.desde_s) * 1000 > ficha.umbral_ms + HOLGURA_MS
        )

    def por_avisar(self, simbolo: str) -> bool:
        """Devuelve True una vez por episodio: la primera que se pregunta tras quedarse rancio."""
        ficha = self._fichas[simbolo]
        nuevo, ficha.avisado = not ficha.avisado, True
        return nuevo

    def __len__(self) -> int:
        return len(self._fichas)
