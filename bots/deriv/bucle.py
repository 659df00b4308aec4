"""El bucle del bot, en el orden de su especificación: elegir activo → señal → enviar → esperar → anotar → meta → stop.

Un solo activo a la vez y un solo contrato abierto; la siguiente entrada se analiza cuando el anterior está liquidado.
Los ticks entran por ``publicar`` sin crear tareas; lo demás se atiende en orden dentro del bucle.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import msgspec

from bots.deriv.contable import Contable
from bots.deriv.decisor import Decisor, NadaQueHacer
from bots.deriv.ficticias import Ficticias
from bots.deriv.hora import HoraFiable
from bots.deriv.latido import ContratoVisto, Latidos
from bots.deriv.pausa import Elector, aprende
from core import services as estado_guardado
from core.estado_bot import Ciclo, EstadoBot, puede_entrar
from dominio.errores import ErrorDenegado, ErrorDetener, ErrorDuplicado, ErrorTimonel
from dominio.eventos import (
    BalanceSede,
    ConexionLista,
    ConexionPerdida,
    DatosRancios,
    EventoSede,
    MovimientoCuenta,
    PosicionCerrada,
)
from dominio.freno import Freno
from dominio.ordenes import EstadoOrden
from dominio.puertos import Arriendo, Ejecutor
from dominio.reloj import Reloj
from dominio.velas import Tick
from trading.motor_senales.seleccion import Eleccion
from trading.pasarela import Pasarela
from trading.reconciliador import InformeReconciliacion, Reconciliador

registro = logging.getLogger("timonel.bots")
PASADA_S = 60.0
PASADA_URGENTE_S = 8.0
ESPERA_S = 0.5
RENOVAR_S = 3.0
TRAS_FALLO_S = 5.0


class Ajustes(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que el bucle necesita de la configuración del bot."""

    activos: tuple[str, ...]
    max_contratos: int | None = None


class BucleDeriv:
    """Un bot operando una cuenta. ``correr`` no vuelve hasta que se pide ``terminar`` o hay que detenerse."""

    def __init__(
        self,
        *,
        ajustes: Ajustes,
        contable: Contable,
        decisor: Decisor,
        pasarela: Pasarela,
        reconciliador: Reconciliador,
        arriendo: Arriendo,
        ejecutor: Ejecutor,
        reloj: Reloj,
        hora: HoraFiable,
        elector: Elector,
        ficticias: Ficticias,
        latidos: Latidos,
        vigilar: Callable[[str], None],
    ) -> None:
        self._ajustes = ajustes
        self.contable = contable
        self._decisor = decisor
        self._pasarela = pasarela
        self._reconciliador = reconciliador
        self._arriendo = arriendo
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._hora = hora
        self._elector = elector
        self.ficticias = ficticias
        self._latidos = latidos
        self._abierta: ContratoVisto | None = None
        self._ficticias_desde = float("-inf")
        self.reconciliado_en: float | None = None
        self._vigilar = vigilar
        self._cola: deque[EventoSede] = deque()
        self._despertar = asyncio.Event()
        self._conectado = False
        self._terminando = False
        self._perdido: ErrorTimonel | None = None
        self._vigilar_tardias = True
        self._proxima_pasada = float("-inf")
        self._primera = True
        self._en_duda = False
        self.informe: InformeReconciliacion | None = None
        self.ultimo_motivo: NadaQueHacer | None = None
        self.enviadas = 0

    @property
    def estado(self) -> EstadoBot:
        """Devuelve el último estado confirmado."""
        return self.contable.estado

    @property
    def listo(self) -> bool:
        """Devuelve si la última reconciliación terminó sin nada por resolver y seguimos conectados."""
        return self._conectado and self.informe is not None and not self.informe.bloquea

    @property
    def conectado(self) -> bool:
        """Devuelve si hay conexión con la sede."""
        return self._conectado

    @property
    def motivo(self) -> NadaQueHacer | None:
        """Devuelve por qué no se entra ahora; en la pausa, por qué no se prueba."""
        return self.ficticias.motivo if aprende(self.estado) else self.ultimo_motivo

    @property
    def eleccion(self) -> Eleccion | None:
        """Devuelve la última comparación de activos."""
        return self._decisor.eleccion

    @property
    def abierta(self) -> ContratoVisto | None:
        """Devuelve el contrato abierto que compró este proceso, con lo que se ha visto de él."""
        vista = self._abierta
        return vista if vista is not None and vista.referencia in self.estado.libro.abiertos else None

    def publicar(self, evento: EventoSede) -> None:
        """Recibe lo que cuenta la sede. Los ticks alimentan las señales; lo demás se encola."""
        if isinstance(evento, Tick):
            self._decisor.procesar_tick(evento)
            self.ficticias.procesar_tick(evento)
            self._latidos.procesar_tick(evento)
            if self._abierta is not None:
                self._abierta.procesar_tick(evento)
        else:
            self._cola.append(evento)
        self._despertar.set()

    def urgir(self) -> None:
        """Pide reconciliar cuanto antes: hay algo nuevo que mirar en la sede."""
        self._vigilar_tardias = True
        self._adelantar_pasada(0.0)
        self._despertar.set()

    def terminar(self) -> None:
        """Pide acabar con calma: no se entra más y se espera a liquidar lo abierto."""
        self._terminando = True
        self._despertar.set()

    def detenerse(self, motivo: ErrorTimonel) -> None:
        """Acaba ya por un motivo que impide seguir (credencial revocada, arriendo perdido)."""
        self._perdido = self._perdido or motivo
        self._despertar.set()

    async def correr(self) -> None:
        """Opera hasta que se pida terminar. Raises ErrorDetener si el motivo impide seguir.

        El mando lo suelta quien acaba a propósito: así se despide de quien vigila. Al que muere se le echa en falta.
        """
        renovador = asyncio.create_task(self._renovar())
        a_proposito = True
        try:
            while self._perdido is None:
                await self._un_paso()
                if self._terminando and self._quieto():
                    return
                await self._esperar()
            raise self._perdido
        except Exception:
            a_proposito = False
            raise
        finally:
            renovador.cancel()
            if a_proposito:
                await self._soltar_mando()

    def _quieto(self) -> bool:
        return not self.estado.libro.abiertos and not self._cola and not self._en_duda

    async def _esperar(self) -> None:
        try:
            async with asyncio.timeout(ESPERA_S):
                await self._despertar.wait()
        except TimeoutError:
            pass
        self._despertar.clear()

    async def _renovar(self) -> None:
        while True:
            await asyncio.sleep(RENOVAR_S)
            try:
                sigue = await self._arriendo.renovar() or await self._recuperar_mando()
            except Exception:  # sin base no se renueva, pero los envíos ya fallan cerrados: se insiste
                registro.exception("no se pudo renovar el mando del bot")
                continue
            if not sigue:
                self.detenerse(ErrorDetener("ARR-02", "Otro proceso tomó el mando del bot.", "Este proceso termina."))
                return

    async def _recuperar_mando(self) -> bool:
        """Recupera un arriendo que venció por un atasco. Solo vale si nadie mandó entretanto: lo dice la base."""
        if not await self._arriendo.retomar():
            return False
        self.informe = None
        self._adelantar_pasada(0.0)
        return True

    async def _soltar_mando(self) -> None:
        try:
            await self._arriendo.soltar()
        except Exception:  # caduca solo; que esto falle no debe tapar por qué se acaba
            registro.exception("no se pudo soltar el mando del bot")

    async def _un_paso(self) -> None:
        while self._cola:
            await self._atender(self._cola.popleft())
        if not self._conectado:
            return
        await self._hora.vigilar()
        await self._pasar_tiempo()
        if self._toca_pasada():
            await self._reconciliar()
        if self.ficticias.pendientes or aprende(self.estado):
            await self._aprender()
        if self._puede_intentar():
            await self._intentar_entrada()

    async def _aprender(self) -> None:
        """Atiende las entradas ficticias. Lo que les falle se registra y se insiste luego: no toca a lo demás."""
        if self._reloj.monotonico() < self._ficticias_desde:
            return
        try:
            await self.ficticias.atender(self.estado, abrir=aprende(self.estado) and not self._terminando)
        except Exception:  # una liquidación o una reconciliación no pueden depender de una entrada de mentira
            registro.exception("fallaron las entradas ficticias")
            self._ficticias_desde = self._reloj.monotonico() + TRAS_FALLO_S

    async def _atender(self, evento: EventoSede) -> None:
        match evento:
            case PosicionCerrada(liquidacion=liquidacion):
                await self.contable.liquidar(liquidacion)
            case MovimientoCuenta(movimiento=movimiento):
                await self.contable.mover(movimiento)
            case ConexionLista(reconexion=reconexion):
                self._conectado = True
                self._vigilar_tardias = self._vigilar_tardias or reconexion
                self.informe = None
                self._proxima_pasada = float("-inf")
            case ConexionPerdida(hora=hora):
                self._conectado = False
                self.ficticias.perder_de_vista(hora)
                self.informe = None
            case DatosRancios(simbolo=simbolo):
                self._decisor.marcar_rancio(simbolo)
            case BalanceSede() | Tick():
                pass
        if self.contable.pide_pasada:
            self._adelantar_pasada(1.0)

    def _adelantar_pasada(self, segundos: float) -> None:
        self._proxima_pasada = min(self._proxima_pasada, self._reloj.monotonico() + segundos)

    def _toca_pasada(self) -> bool:
        return self._reloj.monotonico() >= self._proxima_pasada

    async def _reconciliar(self) -> None:
        """Una pasada completa: órdenes, liquidaciones perdidas, extracto y cuadre. Si falla, se repite pronto."""
        self._proxima_pasada = self._reloj.monotonico() + PASADA_URGENTE_S
        # Antes de empezar: lo que aparezca mientras dura no se ha buscado y queda para la siguiente.
        vistos = self.contable.pendientes()
        vigilar, self._vigilar_tardias = self._vigilar_tardias, False
        informe = await self._reconciliador.pasada(arranque=self._primera, vigilar=vigilar or bool(vistos))
        if not informe.completo:
            self.informe = informe
            self._vigilar_tardias = self._vigilar_tardias or vigilar
            return
        self._primera = False
        self._en_duda = bool(informe.pendientes)
        try:
            cuadra = await self._poner_en_orden(informe, vistos)
        except ErrorTimonel as fallo:
            self.informe = msgspec.structs.replace(informe, completo=False, fallo=fallo.codigo)
            return
        self.informe = informe
        self.reconciliado_en = self._reloj.monotonico()
        if informe.bloquea:
            return
        if self.contable.pide_pasada:
            self._adelantar_pasada(1.0)
        elif cuadra and not self._vigilar_tardias:  # nada urgió mientras se miraba
            self._proxima_pasada = self._reloj.monotonico() + PASADA_S

    async def _poner_en_orden(self, informe: InformeReconciliacion, vistos: frozenset[str]) -> bool:
        """Aplica lo hallado; ``vistos``, lo que ya estaba sin dueño al empezar. Devuelve si el libro cuadra."""
        for posicion in informe.abiertas:
            await self.contable.comprar(posicion.referencia, posicion.monto)
            self._vigilar(posicion.referencia)
        await self.contable.ponerse_al_dia(informe.liquidaciones)
        if informe.bloquea:
            return False
        await self.contable.clasificar(vistos)
        return await self.contable.cuadrar()

    async def _pasar_tiempo(self) -> None:
        """Los pasos del ciclo que dependen solo de la hora: fin de la pausa y llegada de la hora elegida."""
        estado = self.estado
        if estado.ciclo is Ciclo.PAUSADO and estado.reanuda_en is not None:
            ahora = await self._hora.cumplida(estado.reanuda_en)
            if ahora is not None:
                eleccion = await self._elector.al_acabar(estado, ahora)
                await self._cambiar(estado_guardado.terminar_pausa, ahora, eleccion)
        if self.estado.ciclo is Ciclo.ESPERANDO_HORARIO:
            await self._esperar_hora()

    async def _esperar_hora(self) -> None:
        eleccion = await self._elector.mientras_espera(self.estado, self._reloj.ahora())
        if eleccion is not None:
            await self._cambiar(estado_guardado.elegir_hora, self._reloj.ahora(), eleccion)
        estado = self.estado
        if estado.entra_en is None or not self._sin_nada_abierto() or not self._elector.puede_reactivar(estado):
            return
        ahora = await self._hora.cumplida(estado.entra_en)
        if ahora is not None:
            await self._cambiar(estado_guardado.reactivar_bot, ahora)

    def _sin_nada_abierto(self) -> bool:
        return self.listo and not self.estado.libro.abiertos

    async def _cambiar(self, servicio: Callable[..., EstadoBot], *args: object) -> None:
        self.contable.estado = await self._ejecutor(servicio, self.contable.ficha, *args)

    def _puede_intentar(self) -> bool:
        if self._terminando or self._perdido is not None:
            return False
        if not self.listo or self.contable.pide_pasada or self._cola:
            return False
        maximo = self._ajustes.max_contratos
        if maximo is not None and self.enviadas >= maximo:
            return False
        return puede_entrar(self.estado) or self.estado.ciclo is Ciclo.SIN_SALDO

    async def _intentar_entrada(self) -> None:
        """Analiza, cotiza y envía como mucho una orden; luego queda a la espera de su liquidación."""
        impedimento = self._hora.impide_entrar()
        if impedimento is not None:
            self.ultimo_motivo = impedimento
            return
        if await self._pasarela.freno_vigente() is not Freno.ACTIVO:
            self.ultimo_motivo = NadaQueHacer("FRE-01", "El freno no está en ACTIVO.")
            return
        try:
            propuesta = await self._decisor.proponer(self.estado)
        except ErrorTimonel as fallo:
            self.ultimo_motivo = NadaQueHacer(fallo.codigo, fallo.mensaje)
            return
        hay_monto = not (isinstance(propuesta, NadaQueHacer) and propuesta.codigo == "SIN_SALDO")
        if hay_monto is (self.estado.ciclo is Ciclo.SIN_SALDO):
            await self._cambiar(estado_guardado.ajustar_saldo, hay_monto, self._reloj.ahora())
        if isinstance(propuesta, NadaQueHacer):
            self.ultimo_motivo = propuesta
            return
        if not (puede_entrar(self.estado) and self._puede_intentar()):
            return  # mientras se cotizaba se pidió acabar, se perdió el mando o llegó algo que mirar antes
        self._decisor.gastar(propuesta.clave_senal)
        try:
            resultado = await self._pasarela.enviar(propuesta)
        except (ErrorDenegado, ErrorDuplicado) as fallo:
            self.ultimo_motivo = NadaQueHacer(fallo.codigo, fallo.mensaje)
            return
        if resultado.estado is EstadoOrden.ACEPTADA and resultado.aceptacion is not None:
            self.enviadas += 1
            self._abierta = ContratoVisto(resultado.aceptacion.referencia, propuesta, resultado.aceptacion.hora)
            self.ultimo_motivo = None
            await self.contable.comprar(resultado.aceptacion.referencia, resultado.aceptacion.precio)
            self._vigilar(resultado.aceptacion.referencia)
        elif resultado.estado is EstadoOrden.DESCONOCIDA:
            self.informe = None
            self._en_duda = True
            self._adelantar_pasada(1.0)
        else:
            self.ultimo_motivo = NadaQueHacer(resultado.codigo, resultado.mensaje)
