"""Lo que un proceso que opera hace con ``parar`` y ``reconfigurar``, y lo que hace el supervisor con sus procesos."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from bots.obediencia import Alcance, Frenos, Obediencia, Respuesta
from bots.supervisor import Supervisor
from core.configuracion import ConfigBot
from dominio.errores import ErrorDenegado, ErrorUsuario
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from historial.models import OrdenMando

AL_ACABAR = "al acabar el contrato abierto"


class Costuras(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que hace falta para obedecer: quién, dónde, con qué ejecutor y a qué hora."""

    quien: str
    datos: Path
    ejecutor: Ejecutor
    reloj: Reloj


class Bucle(Protocol):
    """Lo que se necesita del bucle de un bot."""

    def terminar(self) -> None: ...


class MandosDelBot:
    """Las órdenes de un bot que opera en este proceso.

    ``pedido`` dice por qué acaba: «parar», «reconfigurar», «salir» (una señal o el tiempo, que mandan sobre lo demás) o
    nada todavía.

    ``leer_config`` devuelve la configuración vigente y comprobada, o lanza lo que tenga mal; corre en el ejecutor.
    ``supervisado``: las de parar las toma el supervisor, que es quien sabe si hay que volver a arrancar.
    """

    def __init__(
        self, bot: str, costuras: Costuras, leer_config: Callable[[], ConfigBot], *, supervisado: bool = False
    ) -> None:
        self._bot = bot
        self._costuras = costuras
        self._leer_config = leer_config
        self._supervisado = supervisado
        self._bucle: Bucle | None = None
        self.pedido = ""
        self.nueva: ConfigBot | None = None

    def obediencia(self, bucle: Bucle) -> Obediencia:
        """Devuelve quien obedece mientras corre ese bucle, sin nada pedido todavía salvo salir, que no se olvida."""
        self._bucle, self.nueva = bucle, None
        self.pedido = "salir" if self.pedido == "salir" else ""
        propias = ("reconfigurar",) if self._supervisado else ("parar", "reconfigurar")
        return Obediencia(
            quien=self._costuras.quien,
            alcances=(
                Alcance(ordenes=("alto", "reanudar"), bots=(self._bot,), de_todos=True),
                Alcance(ordenes=propias, bots=(self._bot,)),
            ),
            atienden={**_frenos(self._costuras), "parar": self._parar, "reconfigurar": self._reconfigurar},
            ejecutor=self._costuras.ejecutor,
            reloj=self._costuras.reloj,
        )

    def en_espera(self, al_arrancar: Callable[[ConfigBot], None]) -> Obediencia:
        """Devuelve quien obedece mientras el bot está parado y el proceso sigue (la demostración)."""

        async def arrancar(_orden: OrdenMando) -> Respuesta:
            config = await self._costuras.ejecutor(self._leer_config)
            al_arrancar(config)
            return {"arrancado": self._bot}

        async def parado(_orden: OrdenMando) -> Respuesta:
            return {"ya": True, "mensaje": "El bot ya está parado."}

        async def al_volver(_orden: OrdenMando) -> Respuesta:
            await self._costuras.ejecutor(self._leer_config)
            return {"cuando": "al arrancar"}

        return Obediencia(
            quien=self._costuras.quien,
            alcances=(
                Alcance(ordenes=("alto", "reanudar"), bots=(self._bot,), de_todos=True),
                Alcance(ordenes=("arrancar", "parar", "reconfigurar"), bots=(self._bot,)),
            ),
            atienden={**_frenos(self._costuras), "arrancar": arrancar, "parar": parado, "reconfigurar": al_volver},
            ejecutor=self._costuras.ejecutor,
            reloj=self._costuras.reloj,
        )

    def salir(self) -> None:
        """Anota que se acaba por una señal o por el tiempo: ni se recarga ni se espera a que arranquen de nuevo."""
        self.pedido = "salir"

    async def _parar(self, _orden: OrdenMando) -> Respuesta:
        if self.pedido != "salir":
            self.pedido = "parar"  # manda sobre una reconfiguración a medias: parar gana siempre
        self._terminar()
        return {"cuando": AL_ACABAR}

    async def _reconfigurar(self, _orden: OrdenMando) -> Respuesta:
        """Si lo nuevo no vale, sigue con lo viejo y se dice qué está mal."""
        nueva = await self._costuras.ejecutor(self._leer_config)
        if self.pedido in ("parar", "salir"):
            raise ErrorDenegado("MAN-07", "El bot está terminando.", "Lo tomará cuando vuelva a arrancar.")
        self.pedido, self.nueva = "reconfigurar", nueva
        self._terminar()
        return {"cuando": AL_ACABAR}

    def _terminar(self) -> None:
        if self._bucle is not None:
            self._bucle.terminar()


def del_supervisor(
    supervisor: Supervisor, bots: tuple[str, ...], costuras: Costuras, comprobar: Callable[[str], Any]
) -> Obediencia:
    """Devuelve quien obedece en el supervisor. ``bots``: los suyos; vacío, todos los que haya.

    ``comprobar`` recibe el nombre y lanza lo que impida arrancarlo (no existe, mal configurado, real sin permiso).
    """

    async def arrancar(orden: OrdenMando) -> Respuesta:
        if not orden.bot:
            raise ErrorUsuario("MAN-06", "Arrancar pide decir qué bot.", "Una orden por bot.")
        await costuras.ejecutor(comprobar, orden.bot)
        if supervisor.terminando(orden.bot):
            raise ErrorDenegado("MAN-07", "El bot está terminando.", "Pídalo otra vez cuando acabe.")
        return {"arrancado": orden.bot} if supervisor.arrancar(orden.bot) else {"ya": True}

    async def parar(orden: OrdenMando) -> Respuesta:
        cuales = (orden.bot,) if orden.bot else supervisor.vivos
        parados = [bot for bot in cuales if supervisor.detener(bot)]
        return {"parados": parados, "cuando": AL_ACABAR} if parados else {"ya": True}

    async def reconfigurar(orden: OrdenMando) -> Respuesta:
        await costuras.ejecutor(comprobar, orden.bot)
        return {"cuando": "al arrancar"}

    return Obediencia(
        quien=costuras.quien,
        alcances=(
            Alcance(ordenes=("alto", "reanudar", "parar"), bots=bots, de_todos=True),
            Alcance(ordenes=("arrancar",), bots=bots, de_todos=not bots),
            # La del bot que corre la toma su propio proceso, que es quien puede recargar.
            Alcance(ordenes=("reconfigurar",), bots=bots, excepto=lambda: supervisor.vivos),
        ),
        atienden={**_frenos(costuras), "arrancar": arrancar, "parar": parar, "reconfigurar": reconfigurar},
        ejecutor=costuras.ejecutor,
        reloj=costuras.reloj,
    )


def _frenos(costuras: Costuras) -> dict[str, Any]:
    return Frenos(datos=costuras.datos, ejecutor=costuras.ejecutor).atienden
