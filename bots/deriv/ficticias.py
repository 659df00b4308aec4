"""Las entradas ficticias de la pausa: el mismo decisor propone, nadie envía y cada una se guarda con su resultado."""

from datetime import datetime, timedelta

from bots.deriv.decisor import Decisor, NadaQueHacer
from core.estado_bot import EstadoBot
from core.services import Ficha
from dominio.errores import ErrorTimonel
from dominio.posiciones import Liquidacion
from dominio.puertos import Ejecutor
from dominio.reloj import Reloj
from dominio.velas import Tick
from historial.selectors.vivo import visto_por_ultima_vez
from historial.services.ficticias import (
    abandonar_ficticias,
    abrir_ficticia,
    anotar_hueco,
    cerrar_ficticia,
    numero_ficticio,
)
from simulacion.entradas_ficticias import Seguidor

HUECO_MIN = timedelta(seconds=5)  # menos es el ritmo normal entre dos ticks


class Ficticias:
    """Una a la vez, como el bot. Un corte o una muerte dejan un hueco anotado; lo que no se vio no se rellena."""

    def __init__(self, *, ficha: Ficha, decisor: Decisor, ejecutor: Ejecutor, reloj: Reloj) -> None:
        self._ficha = ficha
        self._decisor = decisor
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._seguidor = Seguidor(reloj)
        self._liquidadas: list[Liquidacion] = []
        self._sin_ver_desde: datetime | None = None
        self._empezada: datetime | None = None
        self._abandonar = False
        self.cerradas = 0
        self.motivo: NadaQueHacer | None = None

    @property
    def abiertas(self) -> int:
        """Devuelve cuántas se siguen ahora: cero o una."""
        return int(self._seguidor.abierta is not None)

    @property
    def pendientes(self) -> bool:
        """Devuelve si queda algo por seguir o por guardar."""
        return bool(self._seguidor.abierta or self._liquidadas or self._abandonar)

    def procesar_tick(self, tick: Tick) -> None:
        """Hace avanzar la entrada abierta. Es la ruta caliente: lo que haya que guardar se guarda en ``atender``."""
        if self._seguidor.abierta is None:
            return
        liquidacion = self._seguidor.procesar_tick(tick)
        if liquidacion is not None:
            self._liquidadas.append(liquidacion)

    def perder_de_vista(self, hora: datetime) -> None:
        """Apunta que desde ahora pueden faltar ticks."""
        if self._sin_ver_desde is None:
            self._sin_ver_desde = hora
        self._abandonar |= self._seguidor.abandonar() is not None

    async def atender(self, estado: EstadoBot, *, abrir: bool) -> None:
        """Guarda lo liquidado, anota los huecos y, si toca (``abrir``), hace una entrada más."""
        if estado.pausado_en is not None and self._empezada != estado.pausado_en:
            await self._empezar(estado.pausado_en)
        await self._guardar()
        if self._sin_ver_desde is not None and estado.pausado_en is not None:
            await self._hueco(estado.pausado_en, self._sin_ver_desde, "sin conexión con la sede")
            self._sin_ver_desde = None  # después: si la base falla, se vuelve a intentar
        if abrir and self._seguidor.abierta is None:
            await self._entrar(estado)

    async def _empezar(self, pausado_en: datetime) -> None:
        """La primera vez en esta pausa: lo que dejó a medias un proceso que murió es un hueco."""
        clave = self._ficha.clave
        await self._ejecutor(abandonar_ficticias, **clave, ahora=self._reloj.ahora())
        visto = await self._ejecutor(visto_por_ultima_vez, **clave)
        if visto is not None and self._empezada is None:
            await self._hueco(pausado_en, max(visto, pausado_en), "el proceso no estaba en marcha")
        self._empezada = pausado_en

    async def _hueco(self, pausado_en: datetime, desde: datetime, motivo: str) -> None:
        desde, hasta = max(desde, pausado_en), self._reloj.ahora()
        if hasta - desde >= HUECO_MIN:
            await self._ejecutor(
                anotar_hueco, **self._ficha.clave, pausado_en=pausado_en, desde=desde, hasta=hasta, motivo=motivo
            )

    async def _guardar(self) -> None:
        if self._seguidor.vencida():
            self._abandonar |= self._seguidor.abandonar() is not None
        while self._liquidadas:
            liquidacion, ficha = self._liquidadas[0], self._ficha
            await self._ejecutor(cerrar_ficticia, ficha.sede, ficha.cuenta, liquidacion, ahora=self._reloj.ahora())
            del self._liquidadas[0]  # después: si la base falla, se vuelve a intentar
            self.cerradas += 1
        if self._abandonar:
            await self._ejecutor(abandonar_ficticias, **self._ficha.clave, ahora=self._reloj.ahora())
            self._abandonar = False

    async def _entrar(self, estado: EstadoBot) -> None:
        try:
            propuesta = await self._decisor.proponer(estado)
        except ErrorTimonel as fallo:
            self.motivo = NadaQueHacer(fallo.codigo, fallo.mensaje)
            return
        if isinstance(propuesta, NadaQueHacer):
            self.motivo = propuesta
            return
        self._decisor.gastar(propuesta.clave_senal)
        self.motivo = None
        self._seguidor.abrir(numero_ficticio(propuesta), propuesta)  # antes de guardarla: los ticks no esperan
        try:
            await self._ejecutor(abrir_ficticia, propuesta, ahora=self._reloj.ahora())
        except BaseException:
            self._seguidor.abandonar()
            self._abandonar = True  # pudo guardarse: lo que quedara abierto se cancela en la próxima vuelta
            raise
