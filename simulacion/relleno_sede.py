"""Lee los ticks pasados de la sede por ratos, los pasa por el motor y guarda cada rato. Solo lecturas: nunca una orden.

Se puede cortar y repetir: cada rato se guarda con hasta dónde se llegó y lo que sabían las señales, y la próxima vez se
sigue desde ahí. Lo ya analizado no se vuelve a leer ni a contar.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

import msgspec

from dominio.errores import ErrorDenegado, ErrorServicio
from dominio.instrumentos import Instrumento
from dominio.puertos import Cotizacion, Ejecutor, PlanContrato
from dominio.reloj import Reloj, a_epoch_ms, de_epoch
from dominio.senales import Direccion
from dominio.velas import Tick
from simulacion.relleno import Pago, Pagos, ReglaRelleno, Relleno, por_hora, restar
from simulacion.selectors import tramos_hechos
from simulacion.services import DeQuien, empezar_tramo, guardar_relleno
from trading.motor_senales.motor import EstadoMotor, MotorSenales

RATO_S = 7200  # en uno cabe la página más larga de la sede de un índice de dos segundos, y dos de uno de un segundo
DIA_S = 86_400
MONTO = Decimal(10)
CALENTAMIENTO_MAX = 20_000
Insistir = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


class LectorHistoria(Protocol):
    """Lo que se lee de la sede: sus activos y sus ticks hasta una hora."""

    async def instrumentos(self) -> tuple[Instrumento, ...]: ...

    async def ticks_pasados(self, simbolo: str, cuantos: int, hasta_s: int | None = None) -> tuple[Tick, ...]: ...


class ResumenRelleno(msgspec.Struct, kw_only=True):
    """Qué se hizo. ``ya_hechos_s``: lo ya analizado antes; ``sin_cotizar``: activos que la sede no ofrece ahora."""

    desde_s: int
    hasta_s: int
    ya_hechos_s: int = 0
    ticks: int = 0
    entradas: int = 0
    abandonadas: int = 0
    sin_cotizar: tuple[str, ...] = ()


class Rellenador:
    """Analiza la historia para un bot. ``cotizar`` da el pago de hoy; ``motor_nuevo``, un motor sin estrenar."""

    def __init__(
        self,
        *,
        lector: LectorHistoria,
        cotizar: Callable[[PlanContrato], Awaitable[Cotizacion]],
        motor_nuevo: Callable[[], MotorSenales],
        regla: ReglaRelleno,
        quien: DeQuien,
        calentamiento: int,
        ejecutor: Ejecutor,
        reloj: Reloj,
        insistir: Insistir,
        al_avanzar: Callable[[int, int], None] = lambda _hechos, _total: None,
    ) -> None:
        self._lector = lector
        self._cotizar = cotizar
        self._motor_nuevo = motor_nuevo
        self._regla = regla
        self._quien = quien
        self._calentamiento = calentamiento
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._insistir = insistir
        self._al_avanzar = al_avanzar
        self._cadencias_ms: dict[str, int] = {}
        self._pagos: Pagos = {}

    async def rellenar(self, dias: float) -> ResumenRelleno:
        """Analiza lo que falte de los últimos ``dias`` y devuelve qué se hizo.

        Raises:
            ErrorServicio: SIM-07 si la sede no cotiza ningún activo del bot; SIM-08 si otro proceso está en ello.
            ErrorReintentable: la sede no contesta; lo ya guardado queda y se sigue otro día.
        """
        hasta = self._reloj.epoch_ms() // 1000
        resumen = ResumenRelleno(desde_s=hasta - round(dias * DIA_S), hasta_s=hasta)
        await self._preparar(resumen)
        hechos = await self._ejecutor(tramos_hechos, **self._quien.clave)
        faltan = restar(
            resumen.desde_s, hasta, [(a_epoch_ms(t.desde) // 1000, a_epoch_ms(t.hasta) // 1000) for t in hechos]
        )
        total = sum(b - a for a, b in faltan)
        resumen.ya_hechos_s = hasta - resumen.desde_s - total
        adelantado = 0
        for desde, fin in faltan:
            await self._tramo(desde, fin, resumen, partial(self._contar, adelantado, total))
            adelantado += fin - desde
        return resumen

    def _contar(self, ya: int, total: int, segundos: int) -> None:
        self._al_avanzar(ya + segundos, total)

    async def _preparar(self, resumen: ResumenRelleno) -> None:
        instrumentos = {uno.simbolo: uno for uno in await self._insistir(self._lector.instrumentos)}
        pagos: dict[str, dict[Direccion, Pago]] = {}
        for simbolo in self._motor_nuevo().simbolos:
            if simbolo in instrumentos:
                self._cadencias_ms[simbolo] = instrumentos[simbolo].intervalo_ms or 1000
                self._quien.nombres[simbolo] = instrumentos[simbolo].nombre
                pagos[simbolo] = await self._cotizar_activo(simbolo)
        self._pagos = {simbolo: lados for simbolo, lados in pagos.items() if lados}
        resumen.sin_cotizar = tuple(s for s in self._motor_nuevo().simbolos if s not in self._pagos)
        if not self._pagos:
            raise ErrorServicio("SIM-07", "La sede no cotiza ahora ningún activo del bot.", "Repita cuando abra.")

    async def _cotizar_activo(self, simbolo: str) -> dict[Direccion, Pago]:
        lados: dict[Direccion, Pago] = {}
        for direccion in (Direccion.CALL, Direccion.PUT):
            plan = PlanContrato(
                simbolo=simbolo,
                direccion=direccion,
                monto=MONTO,
                moneda=self._quien.moneda,
                duracion=self._regla.duracion,
                unidad=self._regla.unidad,
            )
            try:
                cotizacion = await self._insistir(partial(self._cotizar, plan))
            except ErrorDenegado:
                continue
            lados[direccion] = Pago(cotizacion.precio, cotizacion.pago)
        return lados

    async def _tramo(self, desde: int, fin: int, resumen: ResumenRelleno, al_avanzar: Callable[[int], None]) -> None:
        tramo, aprendido = await self._ejecutor(empezar_tramo, self._quien, de_epoch(desde), ahora=self._reloj.ahora())
        relleno = Relleno(await self._motor_caliente(desde, aprendido), self._pagos, self._regla)
        guardado = desde
        for inicio in range(desde, fin, RATO_S):
            ticks = await self._leer(inicio, min(inicio + RATO_S, fin))
            hechas = await asyncio.to_thread(relleno.procesar, ticks)
            # La entrada que sigue abierta no se guarda: si esto se corta ahora, se empieza otra vez por ella.
            limite = relleno.abierta_desde_s
            limite = min(inicio + RATO_S, fin) if limite is None else limite
            nuevas = await self._ejecutor(
                guardar_relleno,
                self._quien,
                tramo,
                hechas,
                desde=de_epoch(guardado),
                hasta=de_epoch(limite),
                aprendido=msgspec.json.encode(relleno.motor.estado()).decode(),
                ahora=self._reloj.ahora(),
            )
            if nuevas is None:
                raise ErrorServicio(
                    "SIM-08", "Otro proceso está analizando la historia de este bot.", "Espere a que acabe."
                )
            guardado = limite
            resumen.entradas += nuevas
            resumen.ticks += len(ticks)
            al_avanzar(min(inicio + RATO_S, fin) - desde)
        resumen.abandonadas += relleno.abandonadas

    async def _motor_caliente(self, desde: int, aprendido: str) -> MotorSenales:
        """Devuelve un motor con lo aprendido hasta ``desde`` y los indicadores hechos con los ticks anteriores."""
        motor = self._motor_nuevo()
        if aprendido:
            motor.restaurar(msgspec.json.decode(aprendido, type=EstadoMotor))
        for simbolo in self._pagos:
            cuantos = max(self._calentamiento, motor.ticks_calentamiento(self._cadencias_ms[simbolo]))
            leer = partial(self._lector.ticks_pasados, simbolo, min(cuantos, CALENTAMIENTO_MAX), desde - 1)
            motor.calentar(simbolo, await self._insistir(leer))
        return motor

    async def _leer(self, desde: int, fin: int) -> list[Tick]:
        """Devuelve los ticks de [desde, fin) de todos los activos, por hora."""
        return por_hora(await asyncio.gather(*(self._leer_activo(simbolo, desde, fin) for simbolo in self._pagos)))

    async def _leer_activo(self, simbolo: str, desde: int, fin: int) -> list[Tick]:
        cuantos = -(-(fin - desde) * 1000 // self._cadencias_ms[simbolo]) + 1
        leidos: tuple[Tick, ...] = await self._insistir(partial(self._lector.ticks_pasados, simbolo, cuantos, fin - 1))
        if len(leidos) == cuantos and leidos[0].epoch_ms > desde * 1000:  # más seguidos de lo que la sede anuncia
            leidos = await self._insistir(partial(self._lector.ticks_pasados, simbolo, fin - desde, fin - 1))
        return [tick for tick in leidos if tick.epoch_ms >= desde * 1000]
