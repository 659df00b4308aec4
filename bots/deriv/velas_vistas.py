"""Velas de un minuto hechas con los ticks que llegan, para el gráfico del panel. La última puede estar a medias."""

from collections.abc import Sequence

from dominio.reloj import de_epoch
from dominio.velas import Tick
from historial.services.vivo import VelaVista

MINUTO_MS = 60_000
PENDIENTES_MAX = 240  # con la base parada se olvidan las más viejas: es un gráfico, no un registro


class _Vela:
    __slots__ = ("apertura", "cierre", "maximo", "minimo", "sucia", "ticks")

    def __init__(self, precio: float) -> None:
        self.apertura = self.maximo = self.minimo = self.cierre = precio
        self.ticks = 1
        self.sucia = True

    def con(self, precio: float) -> None:
        self.maximo = max(self.maximo, precio)
        self.minimo = min(self.minimo, precio)
        self.cierre = precio
        self.ticks += 1
        self.sucia = True


class VelasVistas:
    """Las velas que han cambiado desde la última vez que se guardaron."""

    def __init__(self) -> None:
        self._velas: dict[tuple[str, int], _Vela] = {}

    def procesar_tick(self, tick: Tick) -> None:
        """Añade el precio a la vela de su minuto."""
        clave = (tick.simbolo, tick.epoch_ms // MINUTO_MS)
        vela = self._velas.get(clave)
        if vela is not None:
            vela.con(tick.precio)
            return
        self._velas[clave] = _Vela(tick.precio)
        if len(self._velas) > PENDIENTES_MAX:
            del self._velas[min(self._velas, key=lambda k: k[1])]

    def cambiadas(self) -> tuple[VelaVista, ...]:
        """Devuelve las que hay que guardar, tal como están ahora."""
        return tuple(
            VelaVista(simbolo, de_epoch(minuto * 60), vela.apertura, vela.maximo, vela.minimo, vela.cierre, vela.ticks)
            for (simbolo, minuto), vela in self._velas.items()
            if vela.sucia
        )

    def guardadas(self, velas: Sequence[VelaVista]) -> None:
        """Apunta que esas ya están a salvo y olvida las de minutos pasados. Las que cambiaron entretanto, no."""
        ultimos: dict[str, int] = {}
        for simbolo, minuto in self._velas:
            ultimos[simbolo] = max(minuto, ultimos.get(simbolo, minuto))
        for vista in velas:
            clave = (vista.simbolo, int(vista.inicio.timestamp()) // 60)
            vela = self._velas.get(clave)
            if vela is None or vela.ticks != vista.ticks:
                continue
            vela.sucia = False
            if clave[1] < ultimos[vista.simbolo]:
                del self._velas[clave]
