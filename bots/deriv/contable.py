"""Lleva las cuentas del bot: qué movimientos son nuestros, cuáles ajenos, y que el libro cuadre con la sede.

Un movimiento de una referencia desconocida no se clasifica hasta que una reconciliación completa diga que no es de
ninguna orden nuestra: puede ser una compra que todavía no sabemos que llegó.
"""

import sys
from datetime import datetime, timedelta
from decimal import Decimal

from core import services as estado_guardado
from core.estado_bot import EstadoBot
from core.meta_dinamica import ReglaDinamica
from core.services import Ficha
from dominio.instrumentos import Sede
from dominio.posiciones import Liquidacion, Movimiento
from dominio.puertos import Diario, Ejecutor, LectorSede
from dominio.reloj import Reloj
from historial.selectors.extracto import hora_del_ultimo_movimiento, movimiento_anotado
from historial.services.cuentas import anotar_movimiento
from trading.evaluacion import evaluar

SOLAPE = timedelta(seconds=60)  # un listado de la sede puede venir con retraso
ENTRE_DESCUADRES_S = 5.0


class Contable:
    """Las cuentas de un bot en una cuenta de la sede. ``estado`` es siempre lo último confirmado en la base."""

    estado: EstadoBot

    def __init__(
        self,
        *,
        ficha: Ficha,
        regla: ReglaDinamica,
        pausa: timedelta,
        lector: LectorSede,
        diario: Diario,
        ejecutor: Ejecutor,
        reloj: Reloj,
    ) -> None:
        self.ficha = ficha
        self.regla = regla
        self._pausa = pausa
        self._lector = lector
        self._diario = diario
        self._ejecutor = ejecutor
        self._reloj = reloj
        self._sede = Sede(ficha.sede)
        self._por_clasificar: dict[str, Movimiento] = {}
        self._liquidaciones_sueltas: dict[str, Liquidacion] = {}
        self._ajenas: set[str] = set()
        self._descuadre: tuple[Decimal, float] | None = None
        self._leido_hasta: datetime | None = None
        self.ultima_transaccion = 0

    @property
    def pide_pasada(self) -> bool:
        """Devuelve si hay movimientos sin dueño que solo una reconciliación completa puede clasificar."""
        return bool(self._por_clasificar or self._liquidaciones_sueltas)

    def pendientes(self) -> frozenset[str]:
        """Devuelve lo que está sin dueño ahora mismo: es lo que una pasada que empiece después podrá clasificar."""
        return frozenset(self._por_clasificar) | frozenset(self._liquidaciones_sueltas)

    async def activar(self) -> EstadoBot:
        """Devuelve el estado guardado o, la primera vez en esta cuenta, uno nuevo desde el balance de la sede."""
        saldo = await self._lector.saldo()
        ahora = self._reloj.ahora()
        previo = await self._ejecutor(estado_guardado.estado_de, self.ficha)
        if previo is None:
            for fila in await self._lector.movimientos(ahora - timedelta(minutes=5), ahora + SOLAPE):
                await self._anotar(fila, propio=False)
                self._ver_transaccion(fila.transaccion)
        self.estado = await self._ejecutor(estado_guardado.activar_bot, self.ficha, saldo.balance, ahora)
        return self.estado

    async def comprar(self, referencia: str, prima: Decimal) -> None:
        """Compromete la prima de un contrato propio; repetirlo no cambia nada."""
        if referencia not in self.estado.libro.abiertos:
            self.estado = await self._ejecutor(
                estado_guardado.asentar_compra, self.ficha, referencia, prima, self._reloj.ahora()
            )

    async def liquidar(self, liquidacion: Liquidacion) -> bool:
        """Asienta una liquidación si es nuestra. Devuelve si cambió algo; la ajena o repetida no cambia nada."""
        if not await self._es_propia(liquidacion.referencia):
            if liquidacion.referencia not in self._ajenas:
                self._liquidaciones_sueltas[liquidacion.referencia] = liquidacion
            return False
        antes = self.estado
        self.estado = await self._ejecutor(
            estado_guardado.asentar_liquidacion,
            self.ficha,
            evaluar(liquidacion, antes.libro.abiertos.get(liquidacion.referencia)),
            self.regla,
            self._pausa,
            self._reloj.ahora(),
        )
        self._ver_transaccion(liquidacion.transaccion)
        return self.estado != antes

    async def mover(self, movimiento: Movimiento) -> None:
        """Anota una fila del extracto: propia, ajena o (si aún no se sabe) pendiente de clasificar."""
        self._ver_transaccion(movimiento.transaccion)
        if movimiento.referencia is None:
            await self._asentar_ajeno(movimiento)
        elif await self._es_propia(movimiento.referencia):
            await self._anotar(movimiento, propio=True)
        elif movimiento.referencia in self._ajenas:
            await self._asentar_ajeno(movimiento)
        else:
            self._por_clasificar[movimiento.transaccion] = movimiento

    async def ponerse_al_dia(self, liquidaciones: tuple[Liquidacion, ...] = ()) -> None:
        """Asienta lo que pasó desde la última lectura completa, en el orden en que pasó en la sede.

        ``liquidaciones``: las que halló la reconciliación. Un ingreso anterior a una de ellas se asienta antes: si no,
        la pérdida se mediría contra otro pico. Si el extracto no se puede leer se quedan para la pasada siguiente.
        """
        ultimo: datetime | None = await self._ejecutor(hora_del_ultimo_movimiento, self.ficha.sede, self.ficha.cuenta)
        desde, ahora = ultimo or self.estado.desde, self._reloj.ahora()
        if self._leido_hasta is not None:
            desde = min(desde, self._leido_hasta)
        filas = await self._lector.movimientos(desde - SOLAPE, ahora + SOLAPE)
        for suceso in sorted((*filas, *liquidaciones), key=_orden_en_la_sede):
            if isinstance(suceso, Liquidacion):
                await self.liquidar(suceso)
            elif not await self._ejecutor(movimiento_anotado, self.ficha.sede, self.ficha.cuenta, suceso.transaccion):
                await self.mover(suceso)
        self._leido_hasta = ahora

    async def clasificar(self, vistas: frozenset[str]) -> None:
        """Decide lo que estaba sin dueño ANTES de una reconciliación completa y sin nada por resolver.

        ``vistas``: lo que había en ``pendientes`` al empezarla. Lo que apareció después puede ser una orden nuestra que
        esa reconciliación ya no buscó: queda para la siguiente.
        """
        for clave in [clave for clave in self._por_clasificar if clave in vistas]:
            movimiento = self._por_clasificar[clave]
            if movimiento.referencia is not None and not await self._es_propia(movimiento.referencia):
                self._ajenas.add(movimiento.referencia)
            await self.mover(movimiento)
            del self._por_clasificar[clave]
        for clave in [clave for clave in self._liquidaciones_sueltas if clave in vistas]:
            liquidacion = self._liquidaciones_sueltas[clave]
            if not await self._es_propia(liquidacion.referencia):
                self._ajenas.add(liquidacion.referencia)
            await self.liquidar(liquidacion)
            del self._liquidaciones_sueltas[clave]

    async def cuadrar(self) -> bool:
        """Compara el libro con la sede; un descuadre que persiste sin fila que lo explique se asienta como ajeno.

        Devuelve si cuadra (o se acaba de cuadrar). Solo tiene sentido sin contratos abiertos ni órdenes por resolver.
        """
        if self.estado.libro.abiertos or self.pide_pasada:
            return True
        saldo = await self._lector.saldo()
        diferencia = saldo.balance - self.estado.libro.esperado
        if diferencia == 0:
            self._descuadre = None
            return True
        ahora = self._reloj.monotonico()
        if self._descuadre is None or self._descuadre[0] != diferencia:
            self._descuadre = (diferencia, ahora)
            return False
        if ahora - self._descuadre[1] < ENTRE_DESCUADRES_S:
            return False
        hora = self._reloj.ahora()
        await self._asentar_ajeno(
            Movimiento(
                transaccion=f"ajuste-{hora.isoformat()}",
                accion="ajuste",
                importe=diferencia,
                balance_despues=saldo.balance,
                hora=hora,
            )
        )
        self._descuadre = None
        return True

    async def _es_propia(self, referencia: str) -> bool:
        return await self._diario.conocida(self._sede, self.ficha.cuenta, referencia)

    async def _anotar(self, movimiento: Movimiento, *, propio: bool) -> None:
        await self._ejecutor(
            anotar_movimiento,
            self.ficha.sede,
            self.ficha.cuenta,
            movimiento,
            propio,
            ahora=self._reloj.ahora(),
        )

    async def _asentar_ajeno(self, movimiento: Movimiento) -> None:
        nuevo = await self._ejecutor(estado_guardado.asentar_ajeno, self.ficha, movimiento, self._reloj.ahora())
        if nuevo is not None:
            self.estado = nuevo

    def _ver_transaccion(self, transaccion: str | None) -> None:
        if transaccion is not None and transaccion.isdecimal():
            self.ultima_transaccion = max(self.ultima_transaccion, int(transaccion))


def _orden_en_la_sede(suceso: Movimiento | Liquidacion) -> tuple[datetime, int]:
    """Devuelve (hora, transacción): la sede da segundos, y dentro de uno mandan sus números, que siempre crecen."""
    numero = suceso.transaccion
    return suceso.hora, int(numero) if numero is not None and numero.isdecimal() else sys.maxsize
