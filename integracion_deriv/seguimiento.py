"""Sigue cada contrato comprado hasta su final verdadero y publica ``PosicionCerrada`` una sola vez.

Se apoya en el canal del contrato, pero no se fía de él: si la sede anuncia la venta y el final no llega en 1,5 s, lo
pide; pasado el vencimiento, lo pide cada 10 s; y un minuto después mira también la tabla de beneficios. Nunca supone
una pérdida ni calcula un resultado con precios.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Any

from dominio.errores import ErrorDetener, ErrorPermanente, ErrorRetroceder, ErrorTimonel
from dominio.eventos import PosicionCerrada
from dominio.posiciones import Liquidacion
from dominio.reloj import a_epoch_ms
from integracion_deriv import codec, peticiones
from integracion_deriv.cliente import ClienteDeriv
from integracion_deriv.tramas import Mensaje

TRAS_VENTA_S = 1.5
TRAS_VENCER_S = 10.0
REPETIR_S = 10.0
BENEFICIOS_TRAS_S = 60.0
SIN_VENCIMIENTO_S = 30.0
INTERVALO_LARGO_MS = 2000


class _Ficha:
    __slots__ = ("aviso", "cerrada", "consultada_en", "referencia", "suscrita", "vence_en", "venta_en")

    def __init__(self, referencia: str, vence_en: float) -> None:
        self.referencia = referencia
        self.vence_en = vence_en
        self.consultada_en = float("-inf")
        self.venta_en: float | None = None
        self.aviso = asyncio.Event()
        self.suscrita = False
        self.cerrada = False

    def consultar_en(self) -> float:
        """Devuelve cuándo toca preguntar por el contrato si nadie ha dicho nada antes (segundos del bucle)."""
        regular = max(self.vence_en + TRAS_VENCER_S, self.consultada_en + REPETIR_S)
        return regular if self.venta_en is None else min(regular, self.venta_en + TRAS_VENTA_S)


class Seguimiento:
    """Los contratos abiertos que se vigilan. Vale también para los que estaban abiertos antes de arrancar."""

    def __init__(self, cliente: ClienteDeriv) -> None:
        self._cliente = cliente
        self._fichas: dict[str, _Ficha] = {}
        cliente.recepcion.al_mensaje_nuevo.append(self._mensaje)
        cliente.al_conectar.append(self._al_conectar)

    @property
    def vigilados(self) -> tuple[str, ...]:
        """Devuelve las referencias que aún no tienen final."""
        return tuple(self._fichas)

    def vigilar(self, referencia: str, vence_en: datetime | None = None) -> None:
        """Empieza a vigilar un contrato. Repetirlo no hace nada. ``vence_en``, en hora de la sede, si se sabe."""
        if referencia in self._fichas:
            return
        ahora = self._tiempo()
        plazo = SIN_VENCIMIENTO_S if vence_en is None else self._faltan(a_epoch_ms(vence_en))
        ficha = _Ficha(referencia, ahora + max(plazo, 0.0))
        self._fichas[referencia] = ficha
        self._cliente.lanzar(self._seguir(ficha))

    def _tiempo(self) -> float:
        return self._cliente.hora_sede.tiempo()

    def _faltan(self, epoch_ms: int) -> float:
        return (epoch_ms - self._cliente.hora_sede.epoch_ms()) / 1000

    async def _seguir(self, ficha: _Ficha) -> None:
        while not ficha.cerrada:
            try:
                await self._cliente.esperar_lista()
                await self._mirar(ficha)
            except ErrorDetener:
                self._fichas.pop(ficha.referencia, None)  # cuando se arregle y se rearme, se volverá a vigilar
                return
            except ErrorRetroceder as fallo:
                await asyncio.sleep(fallo.esperar_s)
            except ErrorTimonel:
                await asyncio.sleep(TRAS_VENTA_S)
            else:
                await self._esperar(ficha)

    async def _esperar(self, ficha: _Ficha) -> None:
        """Espera a que toque consultar o a que algo cambie (venta anunciada, reconexión, final)."""
        ficha.aviso.clear()
        if not ficha.cerrada:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(ficha.consultar_en() - self._tiempo(), 0.0)):
                    await ficha.aviso.wait()

    async def _mirar(self, ficha: _Ficha) -> None:
        if not ficha.suscrita:
            conexion = self._cliente.conexion_viva()
            with suppress(ErrorPermanente):  # la sede no conoce el contrato (todavía): quedan las consultas
                await self._cliente.suscribir(conexion, peticiones.contrato(int(ficha.referencia), suscribir=True))
            ficha.suscrita = True
        elif self._tiempo() >= ficha.consultar_en():
            with suppress(ErrorPermanente):
                await self._cliente.pedir(peticiones.contrato(int(ficha.referencia)))
            if not ficha.cerrada and self._tiempo() >= ficha.vence_en + BENEFICIOS_TRAS_S:
                await self._mirar_beneficios(ficha)
            ficha.consultada_en, ficha.venta_en = self._tiempo(), None

    async def _mirar_beneficios(self, ficha: _Ficha) -> None:
        respuesta = await self._cliente.pedir(peticiones.beneficios(limite=50))
        for fila in codec.filas(codec.objeto(respuesta, "profit_table").get("transactions")):
            if codec.referencia(fila.get("contract_id")) == ficha.referencia:
                self._liquidar(ficha, codec.liquidacion_de_beneficios(fila))

    def _al_conectar(self) -> None:
        for ficha in self._fichas.values():
            ficha.suscrita = False  # los canales no sobreviven al socket
            ficha.aviso.set()

    def _mensaje(self, mensaje: Mensaje) -> None:
        if not self._fichas:
            return
        tipo = mensaje.get("msg_type")
        if tipo == "proposal_open_contract":
            self._contrato(codec.objeto(mensaje, "proposal_open_contract"))
        elif tipo == "transaction":
            self._venta(codec.objeto(mensaje, "transaction"))

    def _contrato(self, fila: dict[str, Any]) -> None:
        ficha = self._fichas.get(codec.referencia(fila.get("contract_id")) or "")
        if ficha is None:
            return
        liquidacion = codec.a_liquidacion(fila)
        if liquidacion is not None:
            self._liquidar(ficha, liquidacion)
            return
        vence_ms = vencimiento_ms(fila)
        if vence_ms is not None:
            ficha.vence_en = self._tiempo() + self._faltan(vence_ms)

    def _venta(self, fila: dict[str, Any]) -> None:
        ficha = self._fichas.get(codec.referencia(fila.get("contract_id")) or "")
        if ficha is not None and codec.texto(fila.get("action")) == "sell":
            ficha.venta_en = self._tiempo()
            ficha.aviso.set()

    def _liquidar(self, ficha: _Ficha, liquidacion: Liquidacion | None) -> None:
        if liquidacion is None or ficha.cerrada:
            return
        ficha.cerrada = True
        ficha.aviso.set()
        self._fichas.pop(ficha.referencia, None)
        self._cliente.recepcion.publicar(PosicionCerrada(liquidacion=liquidacion))


def vencimiento_ms(fila: dict[str, Any]) -> int | None:
    """Devuelve cuándo debería liquidarse un contrato (ms de la sede); None si no se puede saber.

    En los contratos por ticks ``date_expiry`` no significa nada: se cuentan los ticks, el de entrada y uno más.
    """
    inicio = codec.entero(fila.get("date_start")) or codec.entero(fila.get("purchase_time"))
    ticks = codec.entero(fila.get("tick_count"))
    if ticks and inicio:
        intervalo = codec.intervalo_ms(codec.simbolo_de(fila)) or INTERVALO_LARGO_MS
        return inicio * 1000 + (ticks + 2) * intervalo
    vence = codec.entero(fila.get("date_expiry")) or codec.entero(fila.get("expiry_time"))
    return vence * 1000 if vence else None
