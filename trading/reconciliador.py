"""Compara el libro de órdenes con la sede, que siempre manda. Lee; no tiene con qué enviar.

Se llama al arrancar, tras cada reconexión y cada 60 s. Las reglas:

* ENVIANDO que sobrevivió a un proceso → DESCONOCIDA (pudo salir).
* DESCONOCIDA con una coincidencia → adoptada; con más de una → REVISION (decide una persona).
* DESCONOCIDA sin coincidencias → NO_COLOCADA tras las búsquedas limpias que pide la sede, la última pasada la espera
  tardía y con el balance explicado; se sigue vigilando 24 h y una llegada tardía se adopta (varias → REVISION). Deja de
  buscarse cuando, cerrada la ventana en que la sede pudo colocarla, una búsqueda limpia y explicada no la halla.
* DESCONOCIDA más de 10 minutos → REVISION.
* Posición abierta en la sede que nadie conoce → EXTERNA: se ve, cuenta y no se toca.
"""

import logging

import msgspec

from dominio.errores import ErrorServicio, ErrorTimonel
from dominio.instrumentos import Sede
from dominio.ordenes import Aceptacion, Busqueda, EstadoOrden
from dominio.posiciones import Liquidacion, PosicionSede
from dominio.puertos import LectorSede
from dominio.reloj import Reloj
from trading.repositorio import Diario, IntencionViva

registro = logging.getLogger("timonel.trading")
_SIN_RESOLVER = (EstadoOrden.DESCONOCIDA, EstadoOrden.REVISION)
_CON_POSICION = (EstadoOrden.ACEPTADA, EstadoOrden.ACTIVA, EstadoOrden.PARCIAL)


class InformeReconciliacion(msgspec.Struct, frozen=True, kw_only=True):
    """Qué se halló: ``completo`` es que todas las lecturas respondieron; ``pendientes`` siguen sin saberse."""

    completo: bool
    adoptadas: tuple[str, ...] = ()
    no_colocadas: tuple[str, ...] = ()
    en_revision: tuple[str, ...] = ()
    pendientes: tuple[str, ...] = ()
    externas: tuple[str, ...] = ()
    liquidaciones: tuple[Liquidacion, ...] = ()
    abiertas: tuple[PosicionSede, ...] = ()
    fallo: str = ""

    @property
    def bloquea(self) -> bool:
        """Devuelve si hay algo sin saber: entonces no se abre nada en su ámbito."""
        return not self.completo or bool(self.pendientes or self.en_revision)


class _Hallazgos:
    """Lo que se va encontrando en una pasada."""

    def __init__(self) -> None:
        self.adoptadas: list[str] = []
        self.no_colocadas: list[str] = []
        self.en_revision: list[str] = []
        self.pendientes: list[str] = []
        self.externas: list[str] = []
        self.liquidaciones: list[Liquidacion] = []
        self.abiertas: list[PosicionSede] = []
        self.completo = True
        self.fallo = ""

    def informe(self) -> InformeReconciliacion:
        return InformeReconciliacion(
            completo=self.completo,
            adoptadas=tuple(self.adoptadas),
            no_colocadas=tuple(self.no_colocadas),
            en_revision=tuple(self.en_revision),
            pendientes=tuple(self.pendientes),
            externas=tuple(self.externas),
            liquidaciones=tuple(self.liquidaciones),
            abiertas=tuple(self.abiertas),
            fallo=self.fallo,
        )


class Reconciliador:
    """Una pasada por las órdenes vivas de una cuenta."""

    def __init__(self, *, lector: LectorSede, diario: Diario, reloj: Reloj, sede: Sede, cuenta: str) -> None:
        self._lector = lector
        self._diario = diario
        self._reloj = reloj
        self._sede = sede
        self._cuenta = cuenta
        self._capacidades = lector.capacidades

    async def pasada(
        self, *, arranque: bool = False, vigilar: bool = False, en_vuelo: frozenset[str] = frozenset()
    ) -> InformeReconciliacion:
        """Devuelve lo hallado en una pasada.

        ``en_vuelo``: intenciones que este proceso está enviando ahora mismo (no se tocan). ``vigilar``: busca también
        las NO_COLOCADA de las últimas 24 h; se pide al arrancar, tras un corte o cuando aparece una compra sin dueño.
        Nunca lanza por una lectura fallida: el informe lo dice (``completo`` False) y se repite más tarde.
        """
        hallazgos = _Hallazgos()
        try:
            await self._diario.caducar(self._sede, self._cuenta)
            todas = await self._diario.vivas(self._sede, self._cuenta)
            vivas = [viva for viva in todas if viva.intencion.id_cliente not in en_vuelo]
            vigiladas = [viva for viva in vivas if viva.estado is EstadoOrden.NO_COLOCADA]
            for viva in vivas:
                if viva.estado is not EstadoOrden.NO_COLOCADA:
                    await self._atender(viva, arranque, hallazgos)
            sin_dueno = await self._sin_dueno() if not en_vuelo else []
            if vigiladas and (vigilar or arranque or sin_dueno):
                for viva in vigiladas:
                    await self._resolver(viva, hallazgos)
            await self._anotar_externas(sin_dueno, hallazgos)
        except ErrorTimonel as fallo:
            if not isinstance(fallo, ErrorServicio):  # que la sede no conteste es normal; lo demás hay que mirarlo
                registro.exception("la reconciliación no pudo terminar")
            hallazgos.completo = False
            hallazgos.fallo = fallo.codigo
        return hallazgos.informe()

    async def _atender(self, viva: IntencionViva, arranque: bool, hallazgos: _Hallazgos) -> None:
        if viva.estado is EstadoOrden.ENVIANDO:
            if not arranque:
                hallazgos.pendientes.append(viva.intencion.id_cliente)
                return
            await self._diario.marcar(
                viva.intencion.id_cliente, EstadoOrden.DESCONOCIDA, "el proceso terminó durante el envío"
            )
            viva = msgspec.structs.replace(viva, estado=EstadoOrden.DESCONOCIDA, desconocida_desde=self._reloj.ahora())
        if viva.estado in _SIN_RESOLVER:
            await self._resolver(viva, hallazgos)
        elif viva.estado in _CON_POSICION and viva.referencia is not None:
            await self._mirar(viva.referencia, hallazgos)

    async def _resolver(self, viva: IntencionViva, hallazgos: _Hallazgos) -> None:
        """Busca en la sede una orden cuya suerte no se conoce y aplica las reglas de arriba."""
        id_cliente = viva.intencion.id_cliente
        enviado = viva.enviado_en or viva.intencion.creada_en
        # Antes de preguntar: de lo que llegue mientras la sede contesta, la respuesta no dice nada.
        edad_s = (self._reloj.ahora() - enviado).total_seconds()
        busqueda = await self._lector.buscar(viva.intencion, enviado)
        nuevas = [c for c in busqueda.coincidencias if not await self._ya_es_de_otra(c)]
        if len(nuevas) > 1:
            await self._a_revision(viva, f"{len(nuevas)} contratos coinciden", hallazgos)
        elif nuevas and viva.estado is EstadoOrden.REVISION:
            hallazgos.en_revision.append(id_cliente)  # lo ambiguo lo decide una persona
        elif nuevas:
            await self._diario.adoptar(id_cliente, nuevas[0], "hallada en la sede")
            hallazgos.adoptadas.append(id_cliente)
            await self._mirar(nuevas[0].referencia, hallazgos)
        elif viva.estado is EstadoOrden.NO_COLOCADA:
            await self._sin_rastro(id_cliente, edad_s, busqueda, hallazgos)
        else:
            await self._sin_coincidencias(viva, edad_s, busqueda, hallazgos)

    async def _sin_rastro(self, id_cliente: str, edad_s: float, busqueda: Busqueda, hallazgos: _Hallazgos) -> None:
        """Una vigilada que no aparece. Si no se pudo mirar, la pasada no está completa: lo que hay puede ser ella.

        La que ya no puede aparecer no se busca más, tampoco tras un reinicio: cada búsqueda gasta lecturas de la sede.
        """
        ventana = self._capacidades.ventana_s
        if not busqueda.limpia:
            hallazgos.completo = False
            hallazgos.fallo = "REC-02"
        elif busqueda.balance_explicado and ventana is not None and edad_s >= ventana:
            await self._diario.dejar_de_vigilar(id_cliente)

    async def _sin_coincidencias(
        self, viva: IntencionViva, edad_s: float, busqueda: Busqueda, hallazgos: _Hallazgos
    ) -> None:
        id_cliente = viva.intencion.id_cliente
        if viva.estado is EstadoOrden.REVISION:
            hallazgos.en_revision.append(id_cliente)
            return
        limpia = busqueda.limpia and busqueda.balance_explicado
        limpias = await self._diario.anotar_busqueda(id_cliente, limpia)
        if limpia and limpias >= self._capacidades.consultas_limpias and edad_s >= self._capacidades.espera_tardia_s:
            await self._diario.marcar(id_cliente, EstadoOrden.NO_COLOCADA, "no está en la sede")
            hallazgos.no_colocadas.append(id_cliente)
        elif edad_s >= self._capacidades.revision_tras_s:
            await self._a_revision(viva, "sin resolver tras la espera máxima", hallazgos)
        else:
            hallazgos.pendientes.append(id_cliente)

    async def _a_revision(self, viva: IntencionViva, motivo: str, hallazgos: _Hallazgos) -> None:
        if viva.estado is not EstadoOrden.REVISION:
            await self._diario.marcar(viva.intencion.id_cliente, EstadoOrden.REVISION, motivo)
        hallazgos.en_revision.append(viva.intencion.id_cliente)

    async def _ya_es_de_otra(self, coincidencia: Aceptacion) -> bool:
        return await self._diario.conocida(self._sede, self._cuenta, coincidencia.referencia)

    async def _mirar(self, referencia: str, hallazgos: _Hallazgos) -> None:
        posicion = await self._lector.posicion(referencia)
        if posicion is None:
            hallazgos.completo = False
            hallazgos.fallo = "REC-01"
        elif posicion.liquidacion is not None:
            hallazgos.liquidaciones.append(posicion.liquidacion)
        else:
            hallazgos.abiertas.append(posicion)

    async def _sin_dueno(self) -> list[PosicionSede]:
        """Devuelve lo abierto en la sede que ninguna intención nuestra reclama."""
        return [
            posicion
            for posicion in await self._lector.abiertas()
            if not await self._diario.conocida(self._sede, self._cuenta, posicion.referencia)
        ]

    async def _anotar_externas(self, sin_dueno: list[PosicionSede], hallazgos: _Hallazgos) -> None:
        """Guarda como EXTERNA lo que sigue sin dueño. Con algo sin resolver o sin mirar, se deja para después."""
        if not hallazgos.completo or hallazgos.pendientes or hallazgos.en_revision:
            return
        for posicion in sin_dueno:
            if not await self._diario.conocida(self._sede, self._cuenta, posicion.referencia):
                await self._diario.anotar_externa(self._sede, self._cuenta, posicion)
                hallazgos.externas.append(posicion.referencia)
