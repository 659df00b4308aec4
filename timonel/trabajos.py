"""Los trabajos de fondo dentro del propio proceso: el mismo horario que Celery, en hilos y sin Redis.

    trabajos = TrabajosEmbebidos()
    trabajos.iniciar()
    …
    trabajos.parar()

Lo usan ``timonel demo``, ``timonel panel`` y ``timonel operar``. Varios procesos a la vez no estorban: cada ranura se
hace una vez y cada aviso lo toma uno solo. Con Redis configurado quedan de reserva: solo hacen lo que Celery lleve un
rato sin hacer, de modo que si Redis o los trabajadores mueren nada se queda sin salir.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from dominio.reloj import Reloj, RelojSistema
from timonel.horario import COLAS, HORARIO, Periodico

registro = logging.getLogger("timonel.trabajos")
GRACIA_S = 30.0  # lo que se espera a Celery antes de hacer su trabajo
PRIMERA_S = 0.5


class TrabajosEmbebidos:
    """Un hilo por cola. ``de_reserva``: por defecto, si hay Redis configurado. Django debe estar cargado al iniciar."""

    def __init__(
        self,
        *,
        reloj: Reloj | None = None,
        horario: Sequence[Periodico] = HORARIO,
        de_reserva: bool | None = None,
        gracia_s: float = GRACIA_S,
    ) -> None:
        self._reloj = reloj or RelojSistema()
        self._horario = tuple(horario)
        self._de_reserva = de_reserva
        self._gracia_s = gracia_s
        self._fin = threading.Event()
        self._hilos: list[threading.Thread] = []
        self.fallos: dict[str, int] = {}

    def iniciar(self) -> None:
        """Pone los hilos a trabajar; llamarlo dos veces, o con ``TIMONEL_TRABAJOS=no``, no hace nada."""
        from django.conf import settings

        if self._hilos or not settings.TRABAJOS:
            return
        if self._de_reserva is None:
            self._de_reserva = bool(settings.REDIS_URL)
        self._fin.clear()
        for cola in COLAS:
            suyos = [periodico for periodico in self._horario if periodico.cola == cola]
            if suyos:
                self._hilos.append(
                    threading.Thread(target=self._turnos, args=(suyos,), name=f"trabajos-{cola}", daemon=True)
                )
        for hilo in self._hilos:
            hilo.start()

    def parar(self, espera_s: float = 5.0) -> None:
        """Pide que acaben y espera a lo que esté a medias; lo que no acabe a tiempo se retomará en otra pasada."""
        self._fin.set()
        for hilo in self._hilos:
            hilo.join(espera_s)
        self._hilos = []

    def __enter__(self) -> "TrabajosEmbebidos":
        self.iniciar()
        return self

    def __exit__(self, *_: object) -> None:
        self.parar()

    def _turnos(self, suyos: list[Periodico]) -> None:
        from historial.services import conexion

        proximos = {periodico.nombre: self._reloj.monotonico() + PRIMERA_S for periodico in suyos}
        try:
            while not self._fin.wait(max(0.05, min(proximos.values()) - self._reloj.monotonico())):
                for periodico in suyos:
                    if self._fin.is_set() or self._reloj.monotonico() < proximos[periodico.nombre]:
                        continue
                    self.pasar(periodico)
                    proximos[periodico.nombre] = self._reloj.monotonico() + periodico.cada_s
        finally:
            conexion.cerrar()

    def pasar(self, periodico: Periodico) -> None:
        """Intenta un trabajo. Lo que falle se cuenta y se deja para la próxima: un informe no tumba a quien opera."""
        from historial.services import conexion

        try:
            if not self._de_reserva or self._desatendido(periodico):
                periodico.hacer(self._reloj)
        except Exception as fallo:
            self.fallos[periodico.nombre] = self.fallos.get(periodico.nombre, 0) + 1
            registro.warning("el trabajo %s falló: %s", periodico.nombre, type(fallo).__name__)
            conexion.descartar_si_no_sirve(fallo)

    def _desatendido(self, periodico: Periodico) -> bool:
        """Devuelve si nadie lo ha empezado desde hace más de lo que toca."""
        from historial.selectors.trabajos import ultimo_comienzo

        ultimo = ultimo_comienzo(periodico.nombre)
        plazo = timedelta(seconds=max(periodico.cada_s, periodico.ranura_s) + self._gracia_s)
        return ultimo is None or self._reloj.ahora() - ultimo > plazo
