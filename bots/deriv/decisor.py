"""Decide la próxima entrada: el mejor activo por valor esperado, su cotización viva y la intención completa."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from bots.deriv.calentamiento import calentar, insistir
from core import meta_dinamica
from core.estado_bot import EstadoBot
from core.meta_dinamica import ReglaDinamica
from dominio.dinero import decimales_de
from dominio.errores import ErrorDenegado, ErrorTimonel
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import Intencion, TipoOrden, id_cliente
from dominio.puertos import Broker, Cotizacion, Mercado, PlanContrato
from dominio.reloj import Reloj
from dominio.senales import Senal
from dominio.velas import Tick
from trading.motor_senales.motor import EstadoMercado, MotorSenales
from trading.motor_senales.seleccion import Cifras, Eleccion, equilibrio, esperado

MONTO_DE_PRUEBA = Decimal(1)
REFRESCO_S = 300.0
RECALENTAR_S = 60.0
VIGENCIA = timedelta(seconds=4)


class NadaQueHacer(msgspec.Struct, frozen=True):
    """Por qué no se entra ahora: código estable y frase."""

    codigo: str
    frase: str


class Identidad(msgspec.Struct, frozen=True, kw_only=True):
    """De quién son las órdenes que salen de aquí."""

    instalacion: str
    bot: str
    sede: Sede
    cuenta: str
    entorno: Entorno
    moneda: str


class ParametrosDecisor(msgspec.Struct, frozen=True, kw_only=True):
    """Lo que se compra y con qué exigencia: duración, unidad, pago neto mínimo (por unidad) y regla del monto."""

    activos: tuple[str, ...]
    duracion: int
    unidad: str
    pago_neto_min: float
    regla: ReglaDinamica
    exigir_ventaja: bool
    ticks_calentamiento: int


class Decisor:
    """Una propuesta cada vez. ``contexto`` da lo que hay que guardar con cada envío para poder buscarlo luego."""

    def __init__(
        self,
        *,
        identidad: Identidad,
        parametros: ParametrosDecisor,
        motor: MotorSenales,
        mercado: Mercado,
        broker: Broker,
        reloj: Reloj,
        contexto: Callable[[], dict[str, Any]],
    ) -> None:
        self._identidad = identidad
        self._parametros = parametros
        self.motor = motor
        self._mercado = mercado
        self._broker = broker
        self._reloj = reloj
        self._contexto = contexto
        self._pagos: dict[str, float] = {}
        self._abiertos: dict[str, bool] = {}
        self._nombres: dict[str, str] = {}
        self._rancios: set[str] = set()
        self._monto_min: Decimal | None = None
        self._gastada = ""
        self._refrescado = float("-inf")
        self._recalentado = float("-inf")
        self.eleccion: Eleccion | None = None

    def procesar_tick(self, tick: Tick) -> None:
        """Alimenta las señales. Es la ruta caliente."""
        self.motor.procesar_tick(tick)
        self._rancios.discard(tick.simbolo)

    def marcar_rancio(self, simbolo: str) -> None:
        """Deja fuera un activo hasta que vuelva a dar ticks."""
        self._rancios.add(simbolo)

    def gastar(self, clave_senal: str) -> None:
        """Apunta que con esa señal ya se intentó entrar: no se vuelve a cotizar ni a registrar por ella."""
        self._gastada = clave_senal

    async def calentar(self, al_activo: Callable[[str], None] = lambda _simbolo: None) -> None:
        """Rehace los indicadores con la historia de la sede, activo por activo, y lee aperturas y pagos."""
        await calentar(self.motor, self._mercado, self._parametros.ticks_calentamiento, al_activo)
        await insistir(self._refrescar)

    async def proponer(self, estado: EstadoBot) -> Intencion | NadaQueHacer:
        """Devuelve la intención de la mejor entrada, o por qué no la hay.

        Raises:
            ErrorTimonel: si la sede no responde a una lectura; se vuelve a intentar con el siguiente tick.
        """
        if self._reloj.monotonico() - self._refrescado >= REFRESCO_S:
            await self._refrescar()
        monto = self._monto(estado)
        if monto is None:
            return NadaQueHacer("SIN_SALDO", "El monto no llega al mínimo de la sede.")
        eleccion = self.eleccion = await self._elegir()
        if eleccion.senal is None or eleccion.cifras is None:
            return NadaQueHacer("SIN_SENAL", eleccion.frase())
        if eleccion.senal.clave == self._gastada:
            return NadaQueHacer("SENAL_USADA", "Con la mejor señal ya se intentó entrar: se espera a su próximo tick.")
        senal, parametros = eleccion.senal, self._parametros
        plan = PlanContrato(
            simbolo=senal.simbolo,
            direccion=senal.direccion,
            monto=monto,
            moneda=self._identidad.moneda,
            duracion=parametros.duracion,
            unidad=parametros.unidad,
        )
        try:
            cotizacion = await self._broker.cotizar(plan)
        except ErrorDenegado as motivo:
            self._refrescado = float("-inf")  # algo cambió en la sede: aperturas, límites o pagos
            return NadaQueHacer(motivo.codigo, motivo.mensaje)
        return self._revisar(eleccion.cifras, cotizacion) or self._intencion(
            senal, eleccion.cifras, eleccion.candidatos, cotizacion
        )

    async def _elegir(self) -> Eleccion:
        """Devuelve la elección de ahora. Los activos que un corte dejó sin indicadores se recalientan con la historia.

        Sin esto, tras un corte largo el bot estaría ciego lo que tardan en llenarse sus velas.
        """
        eleccion = self.motor.elegir(self._reloj.epoch_ms(), self._mercado_ahora())
        frios = [descarte.simbolo for descarte in eleccion.descartes if descarte.codigo == "CALENTANDO"]
        if not frios or self._reloj.monotonico() - self._recalentado < RECALENTAR_S:
            return eleccion
        self._recalentado = self._reloj.monotonico()
        await calentar(self.motor, self._mercado, self._parametros.ticks_calentamiento, simbolos=frios)
        return self.motor.elegir(self._reloj.epoch_ms(), self._mercado_ahora())

    def _monto(self, estado: EstadoBot) -> Decimal | None:
        return meta_dinamica.monto(
            estado.libro.asentado,
            self._parametros.regla,
            decimales_de(self._identidad.moneda),
            self._monto_min if self._monto_min is not None else Decimal(0),
        )

    def _mercado_ahora(self) -> dict[str, EstadoMercado]:
        return {
            simbolo: EstadoMercado(
                self._abiertos.get(simbolo, False) and simbolo not in self._rancios, self._pagos.get(simbolo)
            )
            for simbolo in self._parametros.activos
        }

    def _revisar(self, cifras: Cifras, cotizacion: Cotizacion) -> NadaQueHacer | None:
        """Vuelve a mirar el pago con la cotización viva: el que se usó para elegir era el último conocido."""
        pago = cotizacion.pago_neto
        self._anotar(cotizacion)
        if pago < self._parametros.pago_neto_min:
            return NadaQueHacer("PAGO_BAJO", f"La sede paga {pago:.3f} por unidad y se piden más.")
        if self._parametros.exigir_ventaja and cifras.probabilidad_baja < equilibrio(pago):
            return NadaQueHacer("SIN_VENTAJA", "Con el pago de este momento la ventaja no está demostrada.")
        return None

    def _intencion(self, senal: Senal, cifras: Cifras, candidatos: int, cotizacion: Cotizacion) -> Intencion:
        quien, ahora = self._identidad, self._reloj.ahora()
        return Intencion(
            id_cliente=id_cliente(quien.instalacion, quien.cuenta, senal.clave),
            sede=quien.sede,
            cuenta=quien.cuenta,
            entorno=quien.entorno,
            bot=quien.bot,
            clave_senal=senal.clave,
            simbolo=senal.simbolo,
            direccion=senal.direccion,
            tipo=TipoOrden.CONTRATO,
            monto=cotizacion.plan.monto,
            moneda=quien.moneda,
            riesgo=cotizacion.precio,
            precio_max=cotizacion.precio,
            pago=cotizacion.pago,
            cotizacion_id=cotizacion.id,
            duracion=cotizacion.plan.duracion,
            unidad_duracion=cotizacion.plan.unidad,
            confianza_pct=round(senal.confianza_pct, 2),
            creada_en=ahora,
            vence_en=ahora + VIGENCIA,
            contexto={
                **self._contexto(),
                "nombre_activo": self._nombres.get(senal.simbolo, senal.simbolo),
                "fuerza": senal.fuerza,
                "componentes": senal.componentes,
                "probabilidad_baja": cifras.probabilidad_baja,
                "equilibrio": equilibrio(cotizacion.pago_neto),
                "esperado": esperado(senal.probabilidad, cotizacion.pago_neto),
                "precio_senal": senal.precio,
                "candidatos": candidatos,
            },
        )

    async def _refrescar(self) -> None:
        """Lee de la sede qué está abierto y cuánto paga cada activo por una prima de prueba."""
        instrumentos = {instrumento.simbolo: instrumento for instrumento in await self._mercado.instrumentos()}
        for simbolo in self._parametros.activos:
            instrumento = instrumentos.get(simbolo)
            self._abiertos[simbolo] = instrumento is not None and instrumento.abierto
            self._nombres[simbolo] = simbolo if instrumento is None else instrumento.nombre
            if self._abiertos[simbolo]:
                await self._cotizar_de_prueba(simbolo)
        self._refrescado = self._reloj.monotonico()

    async def _cotizar_de_prueba(self, simbolo: str) -> None:
        plan = PlanContrato(
            simbolo=simbolo,
            direccion="CALL",
            monto=max(MONTO_DE_PRUEBA, self._monto_min or MONTO_DE_PRUEBA),
            moneda=self._identidad.moneda,
            duracion=self._parametros.duracion,
            unidad=self._parametros.unidad,
        )
        try:
            self._anotar(await self._broker.cotizar(plan))
        except ErrorTimonel:
            self._pagos.pop(simbolo, None)  # sin pago conocido no se elige

    def _anotar(self, cotizacion: Cotizacion) -> None:
        self._pagos[cotizacion.plan.simbolo] = cotizacion.pago_neto
        if cotizacion.monto_min is not None:
            self._monto_min = cotizacion.monto_min
